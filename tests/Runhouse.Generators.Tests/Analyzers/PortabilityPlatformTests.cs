using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>APIs and native libraries of another system: RH0140 and RH0141.</summary>
public sealed class PortabilityPlatformTests
{
    [Theory]
    [InlineData("_ = {|RH0140:Microsoft.Win32.Registry.GetValue(\"a\", \"b\", null)|};")]
    [InlineData("{|RH0140:Console.Beep(440, 10)|};")]
    [InlineData("{|RH0140:Console.WindowWidth|} = 80;")]
    [InlineData("{|RH0140:W.OnWindows()|};")]
    [InlineData("_ = {|RH0140:new OfMac()|};")]
    [InlineData("{|RH0140:NotOnLinux.Run()|};")]
    [InlineData("{|RH0141:W.GetTickCount()|};")]
    [InlineData("{|RH0141:W.MessageBox(\"a\")|};")]
    [InlineData("{|RH0141:W.Foundation()|};")]
    [InlineData("Func<int> f = {|RH0141:W.GetTickCount|};")]
    public Task What_Linux_lacks_is_reported(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("if (OperatingSystem.IsWindows()) { _ = Microsoft.Win32.Registry.GetValue(\"a\", \"b\", null); W.GetTickCount(); }")]
    [InlineData("if (!OperatingSystem.IsWindows()) return Task.CompletedTask; Console.Beep(440, 10);")]
    [InlineData("_ = System.Runtime.InteropServices.RuntimeInformation.IsOSPlatform(System.Runtime.InteropServices.OSPlatform.Windows) ? W.GetTickCount() : 0;")]
    [InlineData("_ = W.IsHere && W.MessageBox(\"a\") == 1;")]
    [InlineData("Console.Beep(); _ = Console.WindowWidth;")]
    [InlineData("W.OnLinux(); NotInBrowser.Run();")]
    [InlineData("_ = W.Sqlite() + W.Pid();")]
    [InlineData("_ = typeof(OfMac);")]
    public Task What_is_guarded_or_everywhere_is_not(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("build_property._RunhouseTargetPlatforms = win-x64,win-arm64", "_ = Microsoft.Win32.Registry.GetValue(\"a\", \"b\", null); W.GetTickCount();")]
    [InlineData("build_property.RunhouseTargetRids = win-x64", "Console.Beep(440, 10);")]
    [InlineData("build_property.RunhouseTargetRids = osx-arm64", "_ = new OfMac(); _ = W.Foundation();")]
    [InlineData("build_property._RunhouseTargetPlatforms = win-x64,linux-x64", "{|RH0140:Console.Beep(440, 10)|}; {|RH0141:W.GetTickCount()|};")]
    [InlineData("build_property.RunhouseTargetRids = win-x64", "{|RH0140:W.OnLinux()|};")]
    [InlineData("build_property.RunhouseTargetRids =", "{|RH0140:Console.Beep(440, 10)|};")]
    public Task The_hosts_of_the_build_decide(string property, string statement)
        => CheckAsync(statement, test => test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", "is_global = true\n" + property + "\n")));

    [Fact]
    public Task The_message_names_the_system()
        => CheckAsync(
            "{|#0:Console.Beep(440, 10)|};",
            static test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerWarning("RH0140").WithLocation(0).WithArguments("Console.Beep", "", "Linux")));

    private static Task CheckAsync(string statement, Action<AnalyzerTest<PortabilityAnalyzer>>? configure = null) => Infrastructure.AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        $$"""
        using System.Runtime.InteropServices;
        using System.Runtime.Versioning;

        [SupportedOSPlatform("macos")]
        public sealed class OfMac { }

        public static class NotOnLinux { [UnsupportedOSPlatform("linux")] public static void Run() { } }

        [UnsupportedOSPlatform("browser")]
        public static class NotInBrowser { public static void Run() { } }

        public static class W
        {
            [DllImport("kernel32.dll")] public static extern int GetTickCount();
            [DllImport("USER32")] public static extern int MessageBox(string text);
            [DllImport("/System/Library/Frameworks/Foundation.framework/Foundation")] public static extern int Foundation();
            [DllImport("sqlite3")] public static extern int Sqlite();
            [DllImport("libc", EntryPoint = "getpid")] public static extern int Pid();
            [SupportedOSPlatformGuard("windows")] public static bool IsHere => true;
            [SupportedOSPlatform("windows6.1")] public static void OnWindows() => Console.Beep(440, 10);
            [SupportedOSPlatform("linux")] public static void OnLinux() { }

            [Remote]
            public static Task RunAsync()
            {
                {{statement}}
                return Task.CompletedTask;
            }
        }
        """,
        configure);
}
