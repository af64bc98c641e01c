using System.Text.Json;

namespace Runhouse.Cli.Tests;

/// <summary><c>runhouse deploy</c>, and the schedules in <c>runhouse status</c>, on a real host of this machine.</summary>
public sealed class DeployTests
{
    private const string Member = "Runhouse.Cli.Tests.App.Jobs.GreetAsync(int)";
    private static readonly string Build = Path.Combine(AppContext.BaseDirectory, "Runhouse.Cli.Tests.dll");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_is_deployed_for_its_schedules_alone()
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync("deploy", Build, "--app", "scheduled");
        Assert.True(exitCode == ExitCodes.Success, error);
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Matches("^this machine: scheduled is [0-9a-f]{12} now\\.$", lines[0]);
        Assert.Contains("30 5 1 JAN * (keeps up)   Asia/Tokyo", lines[2], StringComparison.Ordinal);
        string table = lines[2];

        (_, output, _) = await CommandLine.RunAsync("deploy", Build, "--app", "scheduled", "--json");
        JsonElement deployed = JsonDocument.Parse(output).RootElement;
        JsonElement schedule = Assert.Single(deployed.GetProperty("schedules").EnumerateArray());
        Assert.Equal((Member, "scheduled"), (schedule.GetProperty("member").GetString(), deployed.GetProperty("application").GetString()));

        // Half past five in Tokyo, as this machine has it.
        DateTimeOffset next = schedule.GetProperty("nextAt").GetDateTimeOffset();
        Assert.Equal((1, 1, new TimeSpan(5, 30, 0)), (next.ToOffset(TimeSpan.FromHours(9)).Month, next.ToOffset(TimeSpan.FromHours(9)).Day, next.ToOffset(TimeSpan.FromHours(9)).TimeOfDay));
        Assert.Matches($"GreetAsync\\(int\\) +scheduled +{next.ToLocalTime():yyyy-MM-dd HH:mm:ss} +0 *$", table);
    }

    [Fact]
    public async Task Schedules_are_in_the_status()
    {
        await CommandLine.RunAsync("deploy", Build, "--app", "shown");
        (_, string output, _) = await CommandLine.RunAsync("status", "local");
        Assert.Matches("  SCHEDULE +ZONE +FUNCTION +APPLICATION +NEXT +LAST +CALL +SKIPPED", output);
        Assert.Matches("  30 5 1 JAN \\* \\(keeps up\\) +Asia/Tokyo +Runhouse\\.Cli\\.Tests\\.App\\.Jobs\\.GreetAsync\\(int\\) +shown +", output);
        string shown = output;
        (_, output, _) = await CommandLine.RunAsync("status", "local", "--json");
        JsonElement host = JsonDocument.Parse(output).RootElement[0].GetProperty("hosts")[0].GetProperty("status");
        JsonElement schedule = Assert.Single(host.GetProperty("schedules").EnumerateArray(), static one => one.GetProperty("application").GetString() == "shown");
        Assert.Equal(("30 5 1 JAN *", "Asia/Tokyo", true), (schedule.GetProperty("expression").GetString(), schedule.GetProperty("timeZone").GetString(), schedule.GetProperty("keepsUp").GetBoolean()));
        Assert.Contains($" {schedule.GetProperty("nextAt").GetDateTimeOffset().ToLocalTime():yyyy-MM-dd HH:mm:ss} ", shown, StringComparison.Ordinal);
        Assert.Equal(
            schedule.GetProperty("nextAt").GetDateTimeOffset(),
            Assert.Single((await Cluster.Local().StatusAsync(Stop)).Hosts).Status!.Schedules.First(static one => one.Application == "shown").NextAt);
    }

    [Fact]
    public async Task An_application_is_taken_back_with_its_schedules()
    {
        await CommandLine.RunAsync("deploy", Build, "--app", "taken-back");
        (int exitCode, string output, string error) = await CommandLine.RunAsync("undeploy", "taken-back");
        Assert.Equal((ExitCodes.Success, "this machine: taken-back is taken back.\n", ""), (exitCode, output, error));
        Assert.DoesNotContain(Assert.Single((await Cluster.Local().StatusAsync(Stop)).Hosts).Status!.Schedules, static one => one.Application == "taken-back");
        (exitCode, _, error) = await CommandLine.RunAsync("undeploy", "taken-back");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        Assert.StartsWith("error: No deployment of 'taken-back' is current here. ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_build_is_said()
    {
        (int exitCode, _, string error) = await CommandLine.RunAsync("deploy", "nosuch");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        Assert.Contains("There is neither a folder nor an assembly 'nosuch'", error, StringComparison.Ordinal);
    }
}
