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

    private List<string> Paths(string rid) => [.. ApplicationClosure.Read(_deps, rid, []).Files.Select(file => file.Path)];
}
