using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Native libraries that packages have for other platforms than the hosts': RH0152.</summary>
public sealed class NativeAssetTests
{
    private const string Natives = """
        linux-x64 libflat.so
        win-x64 flat.dll
        linux-arm64 libflat.so.2
        linux-x64 libBare.so
        win-x64 helper.dll
        win-x64 own.dll
        * libown.so
        win-x64 fast_x64.dll
        linux-arm64 libfast_arm64.so
        linux-x64 libmono.dll.so
        win-x64 mono.dll
        """;

    // What the package's assembly calls is in its metadata.
    private static readonly MetadataReference Package = CompilePackage();

    [Theory]
    [InlineData("linux-arm64", "_ = {|RH0152:W.Bare()|};")]
    [InlineData("linux-x64,linux-arm64", "_ = {|RH0152:W.Bare()|};")]
    [InlineData("linux-x64;win-x64", "Func<int> f = {|RH0152:W.Bare|};")]
    [InlineData("linux-arm64", "_ = {|RH0152:W.Imported()|};")]
    [InlineData("linux-x64", "_ = {|RH0152:W.FastX64()|};")]
    [InlineData("linux-arm64", "_ = {|RH0152:new Pack.Engine()|};")]
    [InlineData("win-x64", "_ = {|RH0152:Pack.Engine.Version|};")]
    public Task A_library_that_packages_have_for_other_platforms_only_is_reported(string rids, string statement) => CheckAsync(rids, statement);

    [Theory]
    [InlineData("linux-x64", "_ = W.Bare() + W.Imported() + Pack.Engine.Version;")]
    [InlineData("linux-x64,linux-arm64,win-x64", "_ = W.Flat();")]
    [InlineData("linux-arm64", "_ = W.OfSystem() + W.Unknown() + W.Internal();")]
    [InlineData("linux-arm64,win-x64", "_ = W.Own();")]
    [InlineData("linux-arm64", "if (OperatingSystem.IsWindows()) _ = W.Bare() + Pack.Engine.Version;")]
    [InlineData("linux-arm64,win-x64", "_ = IntPtr.Size == 8 ? W.FastX64() : W.FastArm64();")]
    [InlineData("linux-x64,win-x64", "_ = W.Mono();")]
    [InlineData("linux-arm64", "if (RuntimeInformation.ProcessArchitecture == Architecture.X64) _ = W.Bare();")]
    [InlineData("linux-arm64", "_ = RuntimeInformation.OSArchitecture switch { Architecture.X64 => W.Bare(), _ => 0 };")]
    [InlineData("linux-arm64", "_ = Pack.Managed.Run;", false)]
    [InlineData("", "_ = W.Bare() + Pack.Engine.Version;")]
    public Task What_the_hosts_have_and_what_is_the_system_s_is_not(string rids, string statement, bool withPackage = true) => CheckAsync(rids, statement, withPackage: withPackage);

    [Fact]
    public Task Without_the_list_of_the_build_nothing_is() => CheckAsync("linux-arm64", "_ = W.Bare() + Pack.Engine.Version;", natives: null);

    [Fact]
    public Task What_only_the_caller_runs_is_not()
        => CheckAsync("linux-arm64", "", extra: "public static class Caller { public static int Run() => W.Bare() + Pack.Engine.Version; }");

    [Fact]
    public Task A_package_is_reported_once_at_its_first_use_in_the_text()
        => CheckAsync("linux-arm64", "Pack.Engine.Run(); Before(); Pack.Engine.Run();", members: "static void Before() => {|RH0152:Pack.Engine.Run()|};");

    [Fact]
    public Task The_message_names_the_library_the_platforms_and_the_way()
        => CheckAsync(
            "linux-arm64",
            "Inner();",
            members: "static void Inner() => {|#0:Pack.Engine.Run()|};",
            configure: static test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerWarning("RH0152").WithLocation(0).WithArguments(
                "Engine.Run", ", reached from 'W.RunAsync' by 'W.Inner'", "bare, which packages have for linux-x64 and not for linux-arm64")));

    private static Task CheckAsync(
        string rids,
        string statement,
        string? natives = Natives,
        string extra = "",
        string members = "",
        bool withPackage = true,
        Action<AnalyzerTest<PortabilityAnalyzer>>? configure = null) => Infrastructure.AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        $$"""
        using System.Runtime.InteropServices;

        {{extra}}

        {{(withPackage ? "" : "namespace Pack { public static class Managed { public static int Run => 1; } }")}}

        public static partial class W
        {
            [DllImport("flat")] public static extern int Flat();
            [DllImport("bare")] public static extern int Bare();
            [LibraryImport("libbare")] public static partial int Imported();
            [DllImport("own")] public static extern int Own();
            [DllImport("fast_x64")] public static extern int FastX64();
            [DllImport("fast_arm64")] public static extern int FastArm64();
            [DllImport("mono.dll")] public static extern int Mono();
            [DllImport("libc", EntryPoint = "getpid")] public static extern int OfSystem();
            [DllImport("sqlite3")] public static extern int Unknown();
            [DllImport("__Internal")] public static extern int Internal();
            public static partial int Imported() => 0;

            {{members}}

            [Remote]
            public static Task RunAsync()
            {
                {{statement}}
                return Task.CompletedTask;
            }
        }
        """,
        test =>
        {
            test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", $"is_global = true\nbuild_property._RunhouseTargetPlatforms = {rids.Replace(';', ',')}\n"));
            if (natives is not null)
                test.TestState.AdditionalFiles.Add(("/obj/runhouse.natives.txt", natives));
            if (withPackage)
                test.TestState.AdditionalReferences.Add(Package);
            configure?.Invoke(test);
        });

    private static PortableExecutableReference CompilePackage()
    {
        var compilation = CSharpCompilation.Create(
            "Pack",
            [
                CSharpSyntaxTree.ParseText("""
                    namespace Pack;

                    public sealed class Engine
                    {
                        public static int Version => 1;
                        public static void Run() { }
                        [System.Runtime.InteropServices.DllImport("bare")] private static extern int Bare();
                        [System.Runtime.InteropServices.DllImport("flat")] private static extern int Flat();
                    }
                    """),
            ],
            TestReferences.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        Assert.True(compilation.Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
