using Runhouse.Generators.Analyzers.Schedules;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>When [Remote] wants code to run by itself.</summary>
public sealed class ScheduleAnalyzerTests
{
    [Theory]
    [InlineData("Schedule = {|RH0310:\"\"|}")]
    [InlineData("Schedule = {|RH0310:\"every day\"|}")]
    [InlineData("Schedule = {|RH0310:\"0 6 * *\"|}")]
    [InlineData("Schedule = {|RH0310:\"0 24 * * *\"|}")]
    [InlineData("Schedule = {|RH0310:\"@fortnightly\"|}")]
    [InlineData("Schedule = {|RH0310:\"H 6 * * *\"|}")]
    [InlineData("Schedule = \"@daily\", TimeZone = {|RH0312:\"Europe/Wien\"|}")]
    [InlineData("Schedule = \"@daily\", TimeZone = {|RH0312:\"europe/vienna\"|}")]
    [InlineData("Schedule = \"@daily\", TimeZone = {|RH0312:\"W. Europe Standard Time\"|}")]
    [InlineData("Schedule = {|RH0313:\"0 0 30 2 *\"|}")]
    [InlineData("Schedule = {|RH0313:\"0 0 31 APR,JUN *\"|}, KeepsUp = true")]
    [InlineData("Schedule = {|RH0313:\"0 0 1 * FRIL\"|}")]
    [InlineData("TimeZone = {|RH0314:\"Europe/Vienna\"|}, KeepsUp = {|RH0314:true|}")]
    [InlineData("TimeZone = {|RH0314:\"Europe/Wien\"|}, Schedule = null")]
    public Task A_schedule_that_no_host_understands_or_that_does_nothing_is_reported(string arguments)
        => AnalyzerTest<ScheduleAnalyzer>.RunAsync($"public class X {{ [Remote({arguments})] public static Task GoAsync() => null!; }}");

    [Theory]
    [InlineData("public class X { [Remote(Schedule = {|RH0311:\"@daily\"|})] public static Task GoAsync(int days) => null!; }")]
    [InlineData("public class X { [Remote(Schedule = {|RH0311:\"@daily\"|})] public static Task GoAsync(int days = 1, params string[] names) => null!; }")]
    [InlineData("public class X { [Remote(Schedule = {|RH0311:\"@daily\"|})] public static IAsyncEnumerable<int> Go() => null!; }")]
    [InlineData("public class X { [Remote(Schedule = {|RH0311:\"@daily\"|})] public static Task<RemoteRef<int>> GoAsync() => null!; }")]
    [InlineData("[Remote] public class X { [Remote(Schedule = {|RH0311:\"@daily\"|})] public Task GoAsync() => null!; }")]
    [InlineData("[Remote(Schedule = {|RH0311:\"@daily\"|})] public class X { public Task GoAsync() => null!; }")]
    [InlineData("[assembly: Remote<X>(Schedule = {|RH0311:\"@daily\"|})] public class X { public Task GoAsync() => null!; }")]
    public Task Scheduled_code_that_needs_somebody_is_reported(string code) => AnalyzerTest<ScheduleAnalyzer>.RunAsync(code);

    [Theory]
    [InlineData("")]
    [InlineData("Schedule = null")]
    [InlineData("Schedule = \"0 6 * * MON-FRI\"")]
    [InlineData("Schedule = \"0 0 29 2 *\", KeepsUp = false")]
    [InlineData("KeepsUp = false")]
    [InlineData("Schedule = \"*/10 * * * * *\", KeepsUp = true")]
    [InlineData("Schedule = \"@Hourly\", TimeZone = \"UTC\"")]
    [InlineData("Schedule = Names.Nightly, TimeZone = \"America/Argentina/Buenos_Aires\"")]
    public Task An_ordinary_schedule_is_not_reported(string arguments) => AnalyzerTest<ScheduleAnalyzer>.RunAsync(
        $$"""
        public static class X
        {
            [Remote({{arguments}})] public static Task GoAsync(int days = 7, IProgress<int>? progress = null, [FromServices] IDisposable? service = null, CancellationToken cancellationToken = default) => null!;
        }
        public static class Names { public const string Nightly = "30 2 * * *"; }
        """);

    [Fact]
    public Task A_message_says_what_to_write() => AnalyzerTest<ScheduleAnalyzer>.RunAsync(
        """public class X { [Remote(Schedule = {|#0:"0 6 * * MONDAY"|}, TimeZone = {|#1:"europe/vienna"|})] public static Task GoAsync({|#2:int days|}) => null!; }""",
        static test =>
        {
            test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0310").WithLocation(0).WithMessage(
                "Schedule = \"0 6 * * MONDAY\" is no cron expression: 'MONDAY' is no day of the week, which takes 0-7 or SUN-SAT, with * , - and /, and L and #"));
            test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0311").WithLocation(0).WithMessage(
                "'GoAsync' cannot run on a schedule, because nobody is there to give 'days' a value: give the parameter a default"));
            test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerWarning("RH0312").WithLocation(1).WithMessage("No time zone is known as 'europe/vienna': did you mean 'Europe/Vienna'?"));
        });

    [Theory]
    [InlineData("EUROPE/VIENNA", "Europe/Vienna")]
    [InlineData("America/New York", "America/New_York")]
    [InlineData("Vienna", "Europe/Vienna")]
    [InlineData("utc", "UTC")]
    public void The_time_zone_that_was_meant_is_offered(string written, string meant) => Assert.Equal(meant, KnownTimeZones.Nearest(written));

    [Fact]
    public void The_time_zones_of_this_machine_are_known()
        => Assert.All(TimeZoneInfo.GetSystemTimeZones().Where(static zone => zone.HasIanaId), static zone => Assert.True(KnownTimeZones.Has(zone.Id), zone.Id));
}
