using Microsoft.CodeAnalysis.Testing;
using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.CodeFixes.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests;

/// <summary>The fixes of the portability rules, before and after.</summary>
public sealed class PortabilityFixTests
{
    [Theory]
    [InlineData(
        "public class W { [Remote] public static Task A() { _ = {|RH0150:DateTime.Now|}; _ = {|RH0150:DateTimeOffset.Now|}; return null!; } }",
        "public class W { [Remote] public static Task A() { _ = DateTime.UtcNow; _ = DateTimeOffset.UtcNow; return null!; } }")]
    public Task Local_time_becomes_universal(string before, string after)
        => CodeFixTest<PortabilityAnalyzer, UniversalTimeFix>.RunAsync(before, after, static test => test.CodeFixTestBehaviors |= CodeFixTestBehaviors.SkipLocalDiagnosticCheck);

    [Theory]
    [InlineData(
        "using System.Globalization; public class W { [Remote] public static Task A() { _ = 1.ToString({|RH0151:CultureInfo.CurrentCulture|}); return null!; } }",
        "using System.Globalization; public class W { [Remote] public static Task A() { _ = 1.ToString(CultureInfo.InvariantCulture); return null!; } }")]
    public Task The_current_culture_becomes_invariant(string before, string after)
        => CodeFixTest<PortabilityAnalyzer, InvariantCultureFix>.RunAsync(before, after, static test => test.CodeFixTestBehaviors |= CodeFixTestBehaviors.SkipLocalDiagnosticCheck);

    [Theory]
    [InlineData(
        "public class W { [Remote] public static Task A() { _ = {|RH0110:Environment.GetEnvironmentVariable(\"KEY\")|}; return null!; } }",
        "public class W { [Remote, RemoteEnvironment(\"KEY\")] public static Task A() { _ = Environment.GetEnvironmentVariable(\"KEY\"); return null!; } }")]
    [InlineData(
        "[Remote(Cpus = \"2\")] public class W { public Task A() { _ = {|RH0110:Environment.GetEnvironmentVariable(\"KEY\")|}; return null!; } }",
        "[Remote(Cpus = \"2\"), RemoteEnvironment(\"KEY\")] public class W { public Task A() { _ = Environment.GetEnvironmentVariable(\"KEY\"); return null!; } }")]
    [InlineData(
        "static class K { public static string? Key => {|RH0110:Environment.GetEnvironmentVariable(\"KEY\")|}; } [Remote] public class W { public Task A() { _ = K.Key; return null!; } }",
        "static class K { public static string? Key => Environment.GetEnvironmentVariable(\"KEY\"); } [Remote, RemoteEnvironment(\"KEY\")] public class W { public Task A() { _ = K.Key; return null!; } }")]
    public Task The_remote_member_declares_the_variable(string before, string after)
        => CodeFixTest<PortabilityAnalyzer, RemoteEnvironmentFix>.RunAsync(before, after, static test => test.CodeFixTestBehaviors |= CodeFixTestBehaviors.SkipLocalDiagnosticCheck);
}
