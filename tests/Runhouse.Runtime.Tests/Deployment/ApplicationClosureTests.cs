using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Tests.Deployment;

public sealed class ApplicationClosureTests : IDisposable
{
    private const string Deps = """
        {
          "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0", "signature": "" },
          "targets": {
            ".NETCoreApp,Version=v10.0": {
              "App/1.0.0": { "dependencies": { "Lib": "2.0.0" }, "runtime": { "App.dll": {} } },
              "Lib/2.0.0": {
                "runtime": { "lib/net8.0/Lib.dll": { "assemblyVersion": "2.0.0.0" } },
                "resources": { "lib/net8.0/de/Lib.resources.dll": { "locale": "de" } }
              },
              "Native/1.0.0": {
                "runtimeTargets": {
                  "runtimes/linux-x64/native/libn.so": { "rid": "linux-x64", "assetType": "native" },
                  "runtimes/linux-musl-x64/native/libn.so": { "rid": "linux-musl-x64", "assetType": "native" },
                  "runtimes/win-x64/native/n.dll": { "rid": "win-x64", "assetType": "native" },
                  "runtimes/unix/lib/net8.0/N.dll": { "rid": "unix", "assetType": "runtime" },
                  "runtimes/win/lib/net8.0/N.dll": { "rid": "win", "assetType": "runtime" }
                }
              },
              "Empty/1.0.0": { "runtime": { "lib/net8.0/_._": {} } }
            }
          },
          "libraries": {
            "App/1.0.0": { "type": "project", "serviceable": false, "sha512": "" },
            "Lib/2.0.0": { "type": "package", "serviceable": true, "sha512": "", "path": "lib/2.0.0" },
            "Native/1.0.0": { "type": "package", "serviceable": true, "sha512": "", "path": "native/1.0.0" },
            "Empty/1.0.0": { "type": "package", "serviceable": true, "sha512": "", "path": "empty/1.0.0" }
          }
        }
        """;

    private readonly TemporaryFolder _app = new();
    private readonly TemporaryFolder _packages = new();
    private readonly string _deps;

    public ApplicationClosureTests()
    {
        _deps = _app.Write("App.deps.json", Deps);
        foreach (string path in (string[])[
            "App.dll", "App.pdb", "App.runtimeconfig.json", "Lib.dll", "de/Lib.resources.dll", "Unlisted.dll", "runhouse/host/Runhouse.Host.dll",
            "runtimes/linux-x64/native/libn.so", "runtimes/linux-musl-x64/native/libn.so", "runtimes/win-x64/native/n.dll",
            "runtimes/unix/lib/net8.0/N.dll", "runtimes/win/lib/net8.0/N.dll"])
        {
            _app.Write(path);
        }
    }

    [Theory]
    [InlineData("linux-x64", "runtimes/linux-x64/native/libn.so", "runtimes/unix/lib/net8.0/N.dll")]
    [InlineData("debian.12-x64", "runtimes/linux-x64/native/libn.so", "runtimes/unix/lib/net8.0/N.dll")]
    [InlineData("linux-musl-x64", "runtimes/linux-musl-x64/native/libn.so", "runtimes/unix/lib/net8.0/N.dll")]
    [InlineData("win-x64", "runtimes/win-x64/native/n.dll", "runtimes/win/lib/net8.0/N.dll")]
    public void What_deps_json_lists_ships_with_the_platform_files_of_the_host(string rid, params string[] platform)
    {
        IEnumerable<string> expected =
            ["App.deps.json", "App.dll", "App.pdb", "App.runtimeconfig.json", "Lib.dll", "de/Lib.resources.dll", .. platform];

        Assert.Equal(expected.Order(StringComparer.Ordinal), Paths(rid));
    }

    [Fact]
    public void A_platform_that_no_package_has_files_for_gets_the_rest()
        => Assert.DoesNotContain(Paths("linux-arm64"), path => path.EndsWith(".so", StringComparison.Ordinal));

    [Fact]
    public void A_target_platform_ships_what_the_build_selected_for_it_and_nothing_of_this_one()
    {
        string deps = _app.Write("runhouse/platforms/linux-arm64/App.deps.json", OneRid("linux-arm64", "libn.so"));
        string native = _app.Write("runhouse/platforms/linux-arm64/libn.so", "arm64");

        IReadOnlyList<ApplicationFile> files = ApplicationClosure.Read(_deps, "debian.12-arm64", []).Files;
        Assert.Contains(new ApplicationFile("App.deps.json", deps), files);
        Assert.Contains(new ApplicationFile("libn.so", native), files);
        Assert.Contains(new ApplicationFile("App.dll", Path.Combine(_app.Path, "App.dll")), files);
        Assert.DoesNotContain(files, file => file.Path.Contains("linux-x64", StringComparison.Ordinal));
        Assert.Contains("runtimes/linux-x64/native/libn.so", Paths("linux-x64"));
    }

    [Fact]
    public void A_target_platform_s_file_that_the_output_has_by_platforms_is_taken_from_there()
    {
        _app.Write("runhouse/platforms/win-x64/App.deps.json", OneRid("win-x64", "n.dll"));

        Assert.Contains(
            new ApplicationFile("n.dll", Path.Combine(_app.Path, "runtimes/win-x64/native/n.dll")), ApplicationClosure.Read(_deps, "win-x64", []).Files);
    }

    [Fact]
    public void A_package_that_the_publication_left_out_is_left_out_for_a_target_platform_too()
    {
        _app.Write("runhouse/platforms/linux-arm64/App.deps.json", OneRid("linux-arm64", "libn.so").Replace("Native/1.0.0", "Build.Only/1.0.0", StringComparison.Ordinal));

        Assert.DoesNotContain(Paths("linux-arm64"), static path => path.EndsWith("libn.so", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("linux-arm64", "linux-arm64")]
    [InlineData("debian.12-arm64", "linux-arm64")]
    [InlineData("win-x64", "win-x64")]
    public void A_build_for_one_platform_is_refused_by_a_host_of_another(string host, string remedy)
    {
        _app.Write("App.deps.json", OneRid("linux-x64", "libn.so"));
        _app.Write("libn.so");

        Assert.Contains("libn.so", Paths("linux-x64"));
        Assert.Contains("libn.so", Paths("ubuntu.24.04-x64"));
        string message = Assert.Throws<DeploymentException>(() => Paths(host)).Message;
        Assert.Contains("libn.so of Native/1.0.0 is for linux-x64", message, StringComparison.Ordinal);
        Assert.Contains($"host of {host}", message, StringComparison.Ordinal);
        Assert.Contains($"<RunhouseTargetRids>{remedy}</RunhouseTargetRids>", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_and_symbols_are_what_the_build_listed_and_never_the_host()
    {
        _app.Write("data/digits.csv", "1");
        _app.Write("runhouse.files.json", """{ "files": ["data/digits.csv", "runhouse/host/Runhouse.Host.dll"] }""");

        IReadOnlyList<string> paths = Paths("linux-x64");
        Assert.Contains("data/digits.csv", paths);
        Assert.DoesNotContain("App.pdb", paths);
        Assert.DoesNotContain(paths, path => path.StartsWith("runhouse/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    public void Content_outside_of_the_output_is_refused(string path)
    {
        _app.Write("runhouse.files.json", $$"""{ "files": ["{{path}}"] }""");

        Assert.Contains(path, Assert.Throws<DeploymentException>(() => Paths("linux-x64")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_file_is_found_in_the_package_folder()
    {
        File.Delete(Path.Combine(_app.Path, "Lib.dll"));
        string probed = _packages.Write("lib/2.0.0/lib/net8.0/Lib.dll");

        var closure = ApplicationClosure.Read(_deps, "linux-x64", [_packages.Path]);
        Assert.Contains(new ApplicationFile("Lib.dll", probed), closure.Files);
    }

    [Fact]
    public void A_missing_file_is_an_error_that_names_it_and_its_package()
    {
        File.Delete(Path.Combine(_app.Path, "Lib.dll"));

        string message = Assert.Throws<DeploymentException>(() => Paths("linux-x64")).Message;
        Assert.Contains("Lib/2.0.0", message, StringComparison.Ordinal);
        Assert.Contains("lib/net8.0/Lib.dll", message, StringComparison.Ordinal);
    }

    [Fact]
    public void This_test_is_an_application_itself()
    {
        ApplicationBuild build = Build(ApplicationClosure.FindDepsFile());

        Assert.Equal("Runhouse.Runtime.Tests.dll", build.Manifest.EntryAssembly);
        Assert.Equal("Runhouse.Runtime.Tests", build.Manifest.Application);
        Assert.Contains(build.Manifest.Files, file => file.Path == "Runhouse.Protocol.dll" && file.Hash.Length == 64 && file.Size > 0);
        Assert.DoesNotContain(build.Manifest.Files, file => file.Path == "System.Private.CoreLib.dll");
    }

    [Fact]
    public void An_unchanged_build_is_the_same_deployment_and_a_changed_one_is_another()
    {
        string first = Build(_deps).Id;

        Assert.Equal(first, Build(_deps).Id);
        _app.Write("App.dll", "changed");
        Assert.NotEqual(first, Build(_deps).Id);
    }

    public void Dispose()
    {
        _app.Dispose();
        _packages.Dispose();
    }

    private ApplicationBuild Build(string deps)
        => ApplicationBuild.Read(deps, ApplicationClosure.FindProbingDirectories(), "linux-x64", null, Path.Combine(_packages.Path, "hashes"), TimeProvider.System);

    private static string OneRid(string rid, string native) => $$"""
        {
          "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0/{{rid}}", "signature": "" },
          "targets": {
            ".NETCoreApp,Version=v10.0": {},
            ".NETCoreApp,Version=v10.0/{{rid}}": {
              "App/1.0.0": { "runtime": { "App.dll": {} } },
              "Native/1.0.0": { "native": { "runtimes/{{rid}}/native/{{native}}": { "fileVersion": "0.0.0.0" } } }
            }
          },
          "libraries": {
            "App/1.0.0": { "type": "project", "serviceable": false, "sha512": "" },
            "Native/1.0.0": { "type": "package", "serviceable": true, "sha512": "", "path": "native/1.0.0" }
          }
        }
        """;

    private List<string> Paths(string rid) => [.. ApplicationClosure.Read(_deps, rid, []).Files.Select(file => file.Path)];
}
