using System.Net;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Schedules;

/// <summary>What a host runs by itself. The clock is the tests' own; the worker of the calls does not start, so that they end as failed.</summary>
public sealed class ScheduleTests
{
    private const string EachSecond = "* * * * * *";
    private const string AtSix = "0 6 * * *";
    private const string NeverReady = "while read -r _; do :; done; exit";

    private static readonly DateTimeOffset Midnight = new(2026, 5, 4, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Midnight);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_schedule_runs_as_a_detached_call_when_it_is_due()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        TestDeployment deployment = await DeployAsync(host, Serve(AtSix));
        ScheduleStatus before = await ScheduleAsync(host);
        Assert.Equal(("App", deployment.Id, "Jobs.Run()", AtSix, "UTC"), (before.Application, before.Deployment, before.Member, before.Expression, before.TimeZone));
        Assert.Equal((Midnight.AddHours(6), null, null), (before.NextAt, before.LastAt, before.LastCall));

        _time.Advance(TimeSpan.FromHours(6) - TimeSpan.FromMilliseconds(1));
        Assert.Null((await ScheduleAsync(host)).LastCall);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        ScheduleStatus after = await ScheduleAsync(host);
        Assert.Equal((Midnight.AddHours(6), Midnight.AddHours(30)), (after.LastAt, after.NextAt));
        CallStatus call = await host.CallAsync(after.LastCall!);
        Assert.Equal((CallState.Failed, "Jobs.Run()", "App", deployment.Id, "schedule " + AtSix, true), (call.State, call.Member, call.Application, call.Deployment, call.Caller, call.IsDetached));
        Assert.Equal(CallState.Failed, (await ScheduleAsync(host)).LastState);
        Assert.Equal(call.EndedAt + TimeSpan.FromDays(100), call.ExpiresAt);
    }

    [Fact]
    public async Task An_application_that_is_taken_back_has_no_schedule_until_a_build_of_it_is_made_current()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        TestDeployment deployment = await DeployAsync(host, Serve(AtSix));
        HostError error = await TestHost.RefusalAsync(await host.Client.DeleteAsync("/v1/applications/Other", Stop), HttpStatusCode.NotFound);
        Assert.EndsWith("Applications that have one: App.", error.Message, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync("/v1/applications/App", Stop)).StatusCode);
        Assert.Empty((await host.StatusAsync()).Schedules);
        Assert.False(Assert.Single((await host.StatusAsync()).Deployments).IsCurrent);
        _time.Advance(TimeSpan.FromHours(7));
        Assert.Empty(CallsOf(host));

        // Programs call their builds as before, which changes nothing.
        await host.ConnectAsync(deployment);
        Assert.Empty((await host.StatusAsync()).Schedules);
        await TestHost.RefusalAsync(await host.Client.DeleteAsync("/v1/applications/App", Stop), HttpStatusCode.NotFound);

        Assert.Equal(HttpStatusCode.OK, (await host.Client.PostAsync($"/v1/deployments/{deployment.Id}/current", null, Stop)).StatusCode);
        Assert.Equal(Midnight.AddHours(30), (await ScheduleAsync(host)).NextAt);
        Assert.Empty(CallsOf(host));
    }

    [Fact]
    public async Task What_is_due_while_the_call_before_it_has_not_ended_is_skipped_and_counted()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);

        await DeployAsync(host, Serve(EachSecond, call: NeverReady));
        _time.Advance(TimeSpan.FromSeconds(1));
        string first = (await ScheduleAsync(host)).LastCall!;
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        ScheduleStatus skipped = await ScheduleAsync(host);
        Assert.Equal((first, 2, CallState.Waiting, Midnight.AddSeconds(1)), (skipped.LastCall, skipped.Skipped, skipped.LastState, skipped.LastAt));

        HttpResponseMessage cancelled = await host.Client.PostAsync($"/v1/calls/cancel?id={first}", null, Stop);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        _time.Advance(TimeSpan.FromSeconds(1));
        ScheduleStatus next = await ScheduleAsync(host);
        Assert.NotEqual(first, next.LastCall);
        Assert.Equal((2, Midnight.AddSeconds(4)), (next.Skipped, next.LastAt));
    }

    [Fact]
    [Acceptance(28)]
    public async Task What_was_missed_while_the_host_was_down_runs_once_at_its_next_start()
    {
        HostSettings settings = TestHost.NewSettings();
        string last;
        await using (TestHost host = await TestHost.StartAsync(settings, _time, keepsHome: true))
        {
            await DeployAsync(host, Serve(AtSix));
            _time.Advance(TimeSpan.FromHours(7));
            last = (await ScheduleAsync(host)).LastCall!;
            await host.CallAsync(last);
        }

        // Back before it is due again.
        await using (TestHost host = await TestHost.StartAsync(settings, _time, keepsHome: true))
        {
            ScheduleStatus same = await ScheduleAsync(host);
            Assert.Equal((last, CallState.Failed, Midnight.AddHours(30)), (same.LastCall, same.LastState, same.NextAt));
        }

        _time.Advance(TimeSpan.FromDays(3));
        await using TestHost again = await TestHost.StartAsync(settings, _time);
        ScheduleStatus late = await ScheduleAsync(again);
        Assert.Equal((Midnight.AddHours(78), Midnight.AddHours(102), 0), (late.LastAt, late.NextAt, late.Skipped));
        await again.CallAsync(late.LastCall!);
        Assert.Equal([last, late.LastCall!], CallsOf(again));
    }

    [Theory]
    [InlineData(CallState.Waiting)]
    [InlineData(CallState.Running)]
    public async Task What_was_missed_is_not_skipped_by_a_call_that_the_host_before_has_left(CallState left)
    {
        HostSettings settings = TestHost.NewSettings();
        string call;
        await using (TestHost host = await TestHost.StartAsync(settings, _time, keepsHome: true))
        {
            await DeployAsync(host, Serve(EachSecond, call: NeverReady));
            _time.Advance(TimeSpan.FromSeconds(1));
            call = (await ScheduleAsync(host)).LastCall!;
        }

        Execute(settings.Home, $"UPDATE calls SET state = {(int)left}");
        _time.Advance(TimeSpan.FromSeconds(5));
        await using TestHost again = await TestHost.StartAsync(settings, _time);
        ScheduleStatus back = await ScheduleAsync(again);

        // What waited runs now, and is the one for all; what ran has ended with its host.
        Assert.Equal((left == CallState.Waiting, 0), (back.LastCall == call, back.Skipped));
        Assert.Equal(left == CallState.Waiting ? CallState.Waiting : CallState.Interrupted, (await again.CallAsync(call, wait: left == CallState.Waiting ? 0 : 30)).State);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((back.LastCall, 1), ((await ScheduleAsync(again)).LastCall, (await ScheduleAsync(again)).Skipped));
    }

    [Fact]
    public async Task A_run_is_one_line_of_the_log()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        await DeployAsync(host, Serve(AtSix));
        _time.Advance(TimeSpan.FromHours(6));
        string call = (await ScheduleAsync(host)).LastCall!;
        await host.CallAsync(call);
        string line = Assert.Single(await File.ReadAllLinesAsync(Path.Combine(host.Home, "logs", "host.log"), Stop), line => line.Contains(call, StringComparison.Ordinal));
        Assert.EndsWith($"Detached call {call} of Jobs.Run() has failed (runhouse result {call} says why)", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_ended_before_it_had_noted_a_call_is_followed_by_one_that_does_not_make_it_twice()
    {
        HostSettings settings = TestHost.NewSettings();
        string call;
        await using (TestHost host = await TestHost.StartAsync(settings, _time, keepsHome: true))
        {
            await DeployAsync(host, Serve(AtSix));
            _time.Advance(TimeSpan.FromHours(6));
            call = (await ScheduleAsync(host)).LastCall!;
            await host.CallAsync(call);
        }

        Execute(settings.Home, $"UPDATE schedule_runs SET since = {Midnight.ToUnixTimeMilliseconds()}, last_at = NULL, last_call = NULL");
        _time.Advance(TimeSpan.FromHours(1));
        await using TestHost again = await TestHost.StartAsync(settings, _time);
        Assert.Equal(call, (await ScheduleAsync(again)).LastCall);
        Assert.Equal([call], CallsOf(again));
    }

    [Fact]
    public async Task Another_version_brings_its_own_schedules_and_a_rollback_those_of_before()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        TestDeployment first = await DeployAsync(host, Serve(AtSix));
        _time.Advance(TimeSpan.FromHours(6));
        string call = (await ScheduleAsync(host)).LastCall!;

        // It goes on where the version before has the same, and begins anew where it has not.
        TestDeployment second = await DeployAsync(host, Serve(AtSix) + " # 2");
        ScheduleStatus same = await ScheduleAsync(host);
        Assert.Equal((second.Id, call), (same.Deployment, same.LastCall));
        await DeployAsync(host, Serve("0 8 * * *") + " # 3");
        Assert.Equal(Midnight.AddHours(8), (await ScheduleAsync(host)).NextAt);
        TestDeployment none = await DeployAsync(host, """say '{"kind":"serving"}'""");
        Assert.Empty((await host.StatusAsync()).Schedules);

        // What was due meanwhile was nobody's.
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Equal([call], CallsOf(host));
        (await host.Client.PostAsync($"/v1/deployments/{first.Id}/current?instead={none.Id}", null, Stop)).EnsureSuccessStatusCode();
        ScheduleStatus back = await ScheduleAsync(host);
        Assert.Equal((first.Id, AtSix, Midnight.AddHours(78), call), (back.Deployment, back.Expression, back.NextAt, back.LastCall));

        // Who calls an older build changes nothing.
        await host.ConnectAsync(second);
        Assert.Equal(first.Id, (await ScheduleAsync(host)).Deployment);
    }

    [Fact]
    public async Task A_build_with_a_schedule_is_refused_by_a_host_that_stops_when_nobody_uses_it()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromMinutes(10) }, _time);
        TestDeployment good = await DeployAsync(host, """say '{"kind":"serving"}'""");
        TestDeployment bad = await host.DeployAsync(Serve(AtSix));
        HostError refused = await TestHost.RefusalAsync(await host.TryConnectAsync(bad, new WorkerRequest()), HttpStatusCode.Conflict);
        Assert.Equal(HostErrorCode.DidNotStart, refused.Code);
        Assert.All((string[])["'0 6 * * *' of Jobs.Run()", "10 min (autostop)", "KeepsUp = true", "--autostop never"], said => Assert.Contains(said, refused.Message, StringComparison.Ordinal));
        HostStatus status = await host.StatusAsync();
        Assert.Empty(status.Schedules);
        Assert.Equal(good.Id, status.Deployments.Single(static one => one.IsCurrent).Id);
        Assert.Equal(WorkerState.Ended, status.Workers.Single(one => one.Deployment == bad.Id).State);

        // For whom it is enough that it starts, it counts while the host is up.
        await host.TryConnectAsync(bad, new WorkerRequest { IsLenient = true });
        Assert.Equal(bad.Id, Assert.Single((await host.StatusAsync()).Schedules).Deployment);
    }

    [Fact]
    public async Task A_schedule_that_keeps_its_host_up_does_so_for_as_long_as_it_counts()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromMinutes(10) }, _time);
        await DeployAsync(host, Serve(AtSix, keepsUp: true));
        Assert.Null((await host.StatusAsync()).StopsAt);
        for (int i = 0; i < 20; i++)
            _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(host.Host.Ended.IsCompleted);
        await DeployAsync(host, """say '{"kind":"serving"}'""");
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull((await host.StatusAsync()).StopsAt);
        while (!host.Host.Ended.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            await Task.Yield();
        }
    }

    [Theory]
    [InlineData("0 6 * *", "UTC", "is no cron expression")]
    [InlineData(AtSix, "Europe/Atlantis", "knows no time zone 'Europe/Atlantis'")]
    public async Task A_schedule_that_the_host_cannot_read_is_refused(string expression, string zone, string said)
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        HostError refused = await TestHost.RefusalAsync(await host.TryConnectAsync(await host.DeployAsync(Serve(expression, zone)), new WorkerRequest()), HttpStatusCode.Conflict);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(host.Home, "host.db")));
    }

    [Fact]
    public async Task What_the_store_does_not_take_when_it_is_due_runs_once_it_does()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        await DeployAsync(host, Serve(AtSix));

        // As a full disk does.
        Execute(host.Home, "CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
        _time.Advance(TimeSpan.FromHours(6));
        Assert.Null((await ScheduleAsync(host)).LastCall);
        Execute(host.Home, "DROP TRIGGER full");
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(Midnight.AddHours(6), (await ScheduleAsync(host)).LastAt);
        Assert.Single(CallsOf(host));
    }

    [Fact]
    public async Task It_runs_in_the_image_of_the_worker_that_said_so()
    {
        HostSettings settings = TestHost.NewSettings();
        var image = new ImageManifest { Name = "gpu", Steps = [new VariablesStep([new ImageVariable("V", "1")])] };
        await using (TestHost host = await TestHost.StartAsync(settings, _time, keepsHome: true))
            await host.ConnectAsync(await host.DeployAsync(Serve(AtSix)), new WorkerRequest { Environment = await ApplyAsync(host, image) });

        // The environment has gone with its host: the call waits for whoever applies the image, and keeps the next one from running.
        _time.Advance(TimeSpan.FromHours(6));
        await using TestHost again = await TestHost.StartAsync(settings, _time);
        string call = (await ScheduleAsync(again)).LastCall!;
        Assert.Equal(CallState.Waiting, (await again.CallAsync(call, wait: 0)).State);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, (await ScheduleAsync(again)).Skipped);
        await ApplyAsync(again, image);
        Assert.Equal(CallState.Failed, (await again.CallAsync(call)).State);
    }

    [Fact]
    public async Task What_the_machine_lacks_is_the_outcome_of_the_call()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        await DeployAsync(host, Serve(AtSix, needs: "{\"gpu\":\"A100\"}"));
        _time.Advance(TimeSpan.FromHours(6));
        string call = (await ScheduleAsync(host)).LastCall!;
        Assert.Equal(CallState.Failed, (await host.CallAsync(call)).State);
        HostError? error = await host.Client.GetFromJsonAsync($"/v1/calls/{call}/outcome", ControlJson.Default.HostError, Stop);
        Assert.Equal(HostErrorCode.Capacity, error!.Code);
    }

    [Fact]
    public async Task A_schedule_goes_on_in_the_build_that_its_patched_worker_becomes()
    {
        await using TestHost host = await TestHost.StartAsync(time: _time);
        TestDeployment first = await DeployAsync(host, Serve(AtSix));
        TestDeployment built = await host.DeployAsync(Serve(AtSix) + " # built");
        HttpResponseMessage adopted = await host.Client.PostAsync($"/v1/deployments/{built.Id}/adopt?workers-of={first.Id}&changes=", null, Stop);
        Assert.Single((await adopted.Content.ReadFromJsonAsync(ControlJson.Default.AdoptReply, Stop))!.Workers);
        Assert.Equal((built.Id, Midnight.AddHours(6)), ((await ScheduleAsync(host)).Deployment, (await ScheduleAsync(host)).NextAt));
    }

    [Fact]
    public async Task The_schedules_of_a_deployment_that_is_removed_are_forgotten()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { DeploymentsKept = 0, UseGrace = TimeSpan.Zero }, _time);
        await DeployAsync(host, Serve(AtSix));
        await DeployAsync(host, Serve(AtSix) + " # 2");
        TestDeployment third = await DeployAsync(host, Serve(AtSix) + " # 3");
        TestDeployment fourth = await DeployAsync(host, Serve(AtSix) + " # 4");
        List<string> left;
        while ((left = Query(host.Home, "SELECT deployment FROM schedules ORDER BY deployment")).Count > 2)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await host.StatusAsync();
        }

        Assert.Equal(((string[])[third.Id, fourth.Id]).Order(StringComparer.Ordinal), left);
    }

    // The worker of the callers serves; that of the calls, which need a core, does what is said.
    private static string Serve(string expression, string zone = "UTC", bool keepsUp = false, string needs = "{\"cpus\":\"1\"}", string call = "exit 3") =>
        $$"""
        case "$load" in *'"cpus":1'*) {{call}};; esac
        say '{"kind":"serving","schedules":[{"methodId":300,"member":"Jobs.Run()","expression":"{{expression}}","needs":{{needs}},"timeZone":"{{zone}}","keepsUp":{{(keepsUp ? "true" : "false")}}}]}'
        """;

    private static async Task<TestDeployment> DeployAsync(TestHost host, string script)
    {
        TestDeployment deployment = await host.DeployAsync(script);
        await host.ConnectAsync(deployment);
        return deployment;
    }

    private static async Task<ScheduleStatus> ScheduleAsync(TestHost host) => Assert.Single((await host.StatusAsync()).Schedules);

    private static List<string> CallsOf(TestHost host) => Query(host.Home, "SELECT id FROM calls ORDER BY created_at");

    private static async Task<string> ApplyAsync(TestHost host, ImageManifest image)
    {
        FrameAnswer begun = await FrameAnswer.BeginAsync(host.Client, "/v1/images", JsonContent.Create(image, ControlJson.Default.ImageManifest));
        using FrameAnswer answer = await begun.ToEndAsync();
        return Assert.IsType<ImageApplied>(answer.Progress[^1]).Environment!;
    }

    private static void Execute(string home, string sql) => Query(home, sql);

    private static List<string> Query(string home, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(home, "host.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader row = command.ExecuteReader();
        var found = new List<string>();
        while (row.Read())
            found.Add(row.GetString(0));
        return found;
    }
}
