using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Integration;

/// <summary>Remote functions that their host runs by itself, each second, on a host of their own.</summary>
public sealed class ScheduleTests(LocalHost host) : IAsyncLifetime
{
    private const string Program = "Runhouse.Integration.Scheduled";
    private readonly string _home = Directory.CreateTempSubdirectory("rhi-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string HostFile => Path.Combine(_home, "local", "host.json");

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(HostFile))
            await KillAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    [Acceptance(28)]
    public async Task What_a_program_has_scheduled_runs_without_it_and_goes_on_after_the_host_was_killed()
    {
        Assert.Equal("1", await RunAsync("call"));
        ScheduleStatus ran = await RanAsync(static _ => true);
        Assert.Equal(("* * * * * *", "UTC", true), (ran.Expression, ran.TimeZone, ran.KeepsUp));
        Assert.StartsWith("Runhouse.Integration.Scheduled.Ticks.TickAsync(", ran.Member, StringComparison.Ordinal);
        Assert.Equal("Completed 3 by schedule * * * * * *: tick|tock 3", await RunAsync("outcome", ran.LastCall!));

        await KillAsync();
        Assert.Equal("Completed 3 by schedule * * * * * *: tick|tock 3", await RunAsync("outcome", ran.LastCall!));
        ScheduleStatus again = await RanAsync(now => now.LastAt > ran.LastAt);
        Assert.Equal("Completed 3 by schedule * * * * * *: tick|tock 3", await RunAsync("outcome", again.LastCall!));
    }

    [Fact]
    public async Task Another_build_takes_a_schedule_away_a_rollback_brings_it_back_and_one_that_autostop_would_end_is_refused()
    {
        string ticking = await DeployAsync(Program);
        Assert.Equal(ticking, (await RanAsync(static _ => true)).Deployment);

        string refused = await DeployAsync("Runhouse.Integration.Nightly", isStrict: true);
        Assert.StartsWith("refused: Deployment ", refused, StringComparison.Ordinal);
        Assert.All((string[])["schedule '30 2 * * *' of Nights.CleanAsync()", "autostop", "KeepsUp = true", "--autostop never"], said => Assert.Contains(said, refused, StringComparison.Ordinal));
        Assert.Equal(ticking, Assert.Single(await SchedulesAsync()).Deployment);

        await DeployAsync("Runhouse.Integration.MessagePack3");
        Assert.Empty(await SchedulesAsync());
        Assert.Equal(ticking, await RunAsync("rollback"));
        DateTimeOffset back = TimeProvider.System.GetUtcNow();
        await RanAsync(now => now.LastAt > back);

        // On the machine of whoever develops it, it runs while the host does.
        await DeployAsync("Runhouse.Integration.Nightly");
        Assert.Equal("30 2 * * *", Assert.Single(await SchedulesAsync()).Expression);
    }

    private Task<string> DeployAsync(string project, bool isStrict = false) => RunAsync(isStrict, "deploy", LocalHost.ProgramOf(project));

    private Task<string> RunAsync(params string[] arguments) => RunAsync(isStrict: false, arguments);

    private async Task<string> RunAsync(bool isStrict, params string[] arguments)
    {
        (int exitCode, string[] lines) = await host.RunAsync(Program, new() { ["RUNHOUSE_HOME"] = _home, ["RUNHOUSE__Local__Strict"] = $"{isStrict}" }, arguments);
        Assert.Equal(0, exitCode);
        return lines[^1];
    }

    private async Task<ScheduleStatus> RanAsync(Func<ScheduleStatus, bool> isWanted)
    {
        ScheduleStatus? found = null;
        await Eventually.IsTrueAsync(async () => (found = (await SchedulesAsync()).FirstOrDefault(one => one.LastState == CallState.Completed && isWanted(one))) is not null);
        return found!;
    }

    private async Task<IReadOnlyList<ScheduleStatus>> SchedulesAsync()
    {
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(HostFile, Stop));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{file.RootElement.GetProperty("port").GetInt32()}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", file.RootElement.GetProperty("token").GetString());
        return (await client.GetFromJsonAsync("v1/status", ControlJson.Default.HostStatus, Stop))!.Schedules;
    }

    private async Task KillAsync()
    {
        int id = JsonDocument.Parse(await File.ReadAllTextAsync(HostFile, CancellationToken.None)).RootElement.GetProperty("pid").GetInt32();
        using (var process = Process.GetProcessById(id))
            process.Kill();
        await LocalHost.EndOfAsync(id);
    }
}
