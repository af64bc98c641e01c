using System.Reflection;
using System.Runtime.InteropServices;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Tests.Deployment;

/// <summary>What a host will miss, by what this test's own assembly imports.</summary>
public sealed class NativeImportsTests : IDisposable
{
    private readonly TemporaryFolder _app = new();
    private readonly string _deps;

    public NativeImportsTests()
    {
        _deps = _app.Write("App.deps.json", """
            {
              "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0", "signature": "" },
              "targets": {
                ".NETCoreApp,Version=v10.0": {
                  "App/1.0.0": { "runtime": { "App.dll": {} } },
                  "Native/1.0.0": {
                    "runtimeTargets": {
                      "runtimes/linux-x64/native/librunhouse_test_native.so": { "rid": "linux-x64", "assetType": "native" },
                      "runtimes/win-x64/native/runhouse_test_native.dll": { "rid": "win-x64", "assetType": "native" },
                      "runtimes/win-x64/native/helper.dll": { "rid": "win-x64", "assetType": "native" }
                    }
                  }
                }
              },
              "libraries": {
                "App/1.0.0": { "type": "project", "serviceable": false, "sha512": "" },
                "Native/1.0.0": { "type": "package", "serviceable": true, "sha512": "", "path": "native/1.0.0" }
              }
            }
            """);
        File.Copy(Assembly.GetExecutingAssembly().Location, Path.Combine(_app.Path, "App.dll"));
        _app.Write("runtimes/linux-x64/native/librunhouse_test_native.so");
    }

    [Fact]
    public void A_library_that_the_code_calls_and_the_platform_lacks_is_named_with_the_remedy()
    {
        string warning = Assert.Single(Warnings("linux-arm64"));
        Assert.StartsWith("App.dll calls the native library runhouse_test_native, ", warning, StringComparison.Ordinal);
        Assert.Contains("Native/1.0.0 has it for linux-x64, win-x64, and for the host's linux-arm64 there is none", warning, StringComparison.Ordinal);
        Assert.Contains("<RunhouseTargetRids>linux-arm64</RunhouseTargetRids>", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_platform_has_and_helpers_that_nothing_calls_are_not() => Assert.Empty(Warnings("linux-x64"));

    [Fact]
    public void Neither_is_what_the_application_ships_as_content()
    {
        _app.Write("librunhouse_test_native.so");
        _app.Write("runhouse.files.json", """{ "files": ["librunhouse_test_native.so"] }""");

        Assert.Empty(Warnings("linux-arm64"));
    }

    [Fact]
    public void A_target_platform_for_which_no_package_has_it_is_told_by_what_others_have()
    {
        _app.Write("runhouse/platforms/osx-arm64/App.deps.json", """
            {
              "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0/osx-arm64" },
              "targets": { ".NETCoreApp,Version=v10.0/osx-arm64": { "App/1.0.0": { "runtime": { "App.dll": {} } } } },
              "libraries": { "App/1.0.0": { "type": "project" } }
            }
            """);

        Assert.Contains("for the host's osx-arm64 there is none", Assert.Single(Warnings("osx-arm64")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_listed_file_that_the_output_has_not_is_lacking()
    {
        File.Delete(Path.Combine(_app.Path, "runtimes/linux-x64/native/librunhouse_test_native.so"));

        Assert.Contains("librunhouse_test_native.so of Native/1.0.0 is not in the output", Assert.Single(Warnings("linux-x64")), StringComparison.Ordinal);
    }

    public void Dispose() => _app.Dispose();

    private IReadOnlyList<string> Warnings(string rid) => NativeImports.Warnings(ApplicationClosure.Read(_deps, rid, []), rid);

    // Never called: the assembly imports it.
    [DllImport("runhouse_test_native")]
    private static extern int Imported();
}
