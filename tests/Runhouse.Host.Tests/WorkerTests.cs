using System.Net;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

public sealed class WorkerTests
{
    private const string Serve = """say '{"kind":"serving"}'""";

    [Fact]
    public async Task A_deployment_is_served_by_the_worker_that_stood_by_and_another_stands_by()
    {
        await using TestHost host = await TestHost.StartAsync();
        string standby = Assert.Single((await host.StatusAsync()).Workers).Id;
        TestDeployment deployment = await host.DeployAsync(Serve);

        ConnectReply reply = await host.ConnectAsync(deployment);

        Assert.Equal(standby, reply.WorkerId);
        Assert.Equal(host.Host.Identity.Id, reply.HostId);
        Assert.Equal(Ticket.Size, Convert.FromBase64String(reply.Ticket).Length);
        HostStatus status = await host.StatusAsync();
        Assert.Equal(2, status.Workers.Count);
        WorkerStatus worker = Assert.Single(status.Workers, w => w.Id == standby);
        Assert.Equal((WorkerState.Serving, deployment.Id, "App"), (worker.State, worker.Deployment, worker.Application));
    }

    private static async Task<WorkerStatus> StandbyAsync(TestHost host)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if ((await host.StatusAsync()).Workers.SingleOrDefault(static worker => worker.State == WorkerState.Standby) is { } standby)
                return standby;
            await Task.Delay(20, patience.Token);
        }
    }

    private static bool HasEnded(int process)
    {
        try
        {
            // Its parent may not have asked for its end yet.
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0] == 'Z';
        }
        catch (IOException)
        {
            return true;
        }
    }

    [Fact]
    public async Task Callers_who_connect_at_once_share_one_worker()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync(Serve);
        ConnectReply[] replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => host.ConnectAsync(deployment)));
        Assert.Single(replies.Select(reply => reply.WorkerId).Distinct());
        Assert.Equal(12, replies.Select(reply => reply.Ticket).Distinct().Count());
    }

    [Fact]
    public async Task The_load_message_says_what_to_run_and_where_to_listen()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync($$"""printf '%s' "$load" > "$directory/seen"; {{Serve}}""");
        ConnectReply reply = await host.ConnectAsync(deployment);

        string folder = Path.Combine(host.Home, "deployments", deployment.Id);
        var load = (LoadDeployment)System.Text.Json.JsonSerializer.Deserialize(
            await File.ReadAllTextAsync(Path.Combine(folder, "seen")), ControlJson.Default.HostToWorkerMessage)!;
        Assert.Equal((reply.WorkerId, "local", "App", deployment.Id), (load.WorkerId, load.Host, load.Application, load.Deployment));
        Assert.Equal((folder, "app.sh", reply.SocketPath), (load.Directory, load.EntryAssembly, load.SocketPath));
        Assert.True(reply.SocketPath.Length < 100);
    }

    [Fact]
    public async Task A_deployment_that_does_not_load_says_why_and_leaves_the_others_alone()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment good = await host.DeployAsync(Serve);
        ConnectReply running = await host.ConnectAsync(good);
        TestDeployment bad = await host.DeployAsync("""echo 'looking for Lib.dll' >&2; say '{"kind":"did-not-load","error":"Lib.dll is missing"}'; exit 1""");

        HostError error = await TestHost.RefusalAsync(
            await host.Client.PostAsync($"/v1/deployments/{bad.Id}/connect", null), HttpStatusCode.Conflict);

        Assert.Equal(HostErrorCode.DidNotStart, error.Code);
        Assert.Contains("Lib.dll is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("looking for Lib.dll", error.Message, StringComparison.Ordinal);
        Assert.Equal(running.WorkerId, (await host.ConnectAsync(good)).WorkerId);
    }

    [Theory]
    [InlineData("exit 7", "exit code 7")]
    [InlineData("kill -SEGV $$", "SIGSEGV")]
    public async Task A_worker_that_ends_before_it_serves_did_not_start(string script, string reason)
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync(script);
        HostError error = await TestHost.RefusalAsync(
            await host.Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", null), HttpStatusCode.Conflict);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_never_serves_is_ended_after_the_time_for_its_start()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { StopTimeout = TimeSpan.FromSeconds(1) }, time);
        TestDeployment deployment = await host.DeployAsync("while IFS= read -r message; do :; done");
        Task<HttpResponseMessage> connecting = host.Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", null);
        while (!connecting.IsCompleted)
        {
            // The request may not have set its timer yet: time passes until it has.
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        HostError error = await TestHost.RefusalAsync(await connecting, HttpStatusCode.Conflict);
        Assert.Contains("60 s", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 3", 3, null)]
    [InlineData("kill -KILL $$", null, 9)]
    [InlineData("kill -ABRT $$", null, 6)]
    [InlineData("kill -SEGV $$", null, 11)]
    public async Task The_fate_of_a_worker_is_told_as_soon_as_it_ends_and_the_next_connect_starts_another(string end, int? exitCode, int? signal)
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync($"mkfifo $directory/go; echo last words >&2; say '{{\"kind\":\"load\",\"calls\":1,\"sessions\":1,\"objects\":1}}'; {Serve}; read -r line < $directory/go; {end}");
        ConnectReply reply = await host.ConnectAsync(deployment);
        Task<WorkerStatus> fate = host.FateAsync(reply.WorkerId);
        await File.WriteAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "go"), "go\n");

        WorkerStatus status = await fate;

        Assert.Equal((WorkerState.Ended, exitCode, signal), (status.State, status.ExitCode, status.Signal));
        Assert.Equal(["last words"], status.LastOutput);
        Assert.Equal((0, 0, 0), (status.Calls, status.Sessions, status.Objects));
        File.Delete(Path.Combine(host.Home, "deployments", deployment.Id, "go"));
        Assert.NotEqual(reply.WorkerId, (await host.ConnectAsync(deployment)).WorkerId);
        Assert.Equal(status.ExitCode, (await host.FateAsync(reply.WorkerId, wait: 0)).ExitCode);

        // Whoever ends one that has ended changes nothing of how it did.
        await host.Client.DeleteAsync($"/v1/workers/{reply.WorkerId}");
        Assert.False((await host.FateAsync(reply.WorkerId, wait: 0)).IsEndedOnRequest);
    }

    [Fact]
    public async Task A_worker_that_stands_by_and_is_killed_costs_nobody_a_start()
    {
        await using TestHost host = await TestHost.StartAsync();
        for (int i = 0; i < 10; i++)
        {
            WorkerStatus standby = await StandbyAsync(host);
            TestDeployment deployment = await host.DeployAsync($"{Serve} # {i}");
            using (var process = System.Diagnostics.Process.GetProcessById(standby.ProcessId))
                process.Kill();
            await TestHost.EventuallyAsync(() => HasEnded(standby.ProcessId));
            Assert.NotEqual(standby.Id, (await host.ConnectAsync(deployment)).WorkerId);
        }
    }

    [Fact]
    public async Task Another_worker_stands_by_for_one_that_was_killed()
    {
        await using TestHost host = await TestHost.StartAsync();
        for (int i = 0; i < 2; i++)
        {
            WorkerStatus standby = await StandbyAsync(host);
            using (var process = System.Diagnostics.Process.GetProcessById(standby.ProcessId))
                process.Kill();
            await host.FateAsync(standby.Id);
        }

        await StandbyAsync(host);
    }

    [Fact]
    public async Task A_worker_that_runs_out_of_memory_before_it_serves_says_so()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync("""say '{"kind":"did-not-load","error":"System.OutOfMemoryException: none left","isOutOfMemory":true}'; exit 1""");
        HostError error = await TestHost.RefusalAsync(await host.Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", null), HttpStatusCode.Conflict);
        Assert.Equal((WorkerState.Ended, true, 1), (error.Worker!.State, error.Worker.IsOutOfMemory, error.Worker.ExitCode));
    }

    [Fact]
    public async Task The_fate_of_a_worker_that_runs_on_is_that_it_runs()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(reply.WorkerId, wait: 0)).State);
    }

    [Fact]
    public async Task A_worker_that_nobody_knows_is_not_found()
    {
        await using TestHost host = await TestHost.StartAsync();
        HostError error = await TestHost.RefusalAsync(await host.Client.GetAsync("/v1/workers/abc"), HttpStatusCode.NotFound);
        Assert.Contains("'abc'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_worker_program_is_said_when_one_is_needed()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { WorkerDirectory = "/nowhere" });
        TestDeployment deployment = await host.DeployAsync(Serve);
        HostError error = await TestHost.RefusalAsync(
            await host.Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", null), HttpStatusCode.Conflict);
        Assert.Contains("/nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_work_is_drained_after_a_while_and_a_busy_one_is_not()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { StopTimeout = TimeSpan.FromHours(1) }, time);
        string drains = $$"""{{Serve}}; on_message() { case "$1" in *'"drain"'*) exit 0;; esac; }""";
        ConnectReply idle = await host.ConnectAsync(await host.DeployAsync(drains, "Idle"));
        ConnectReply busy = await host.ConnectAsync(await host.DeployAsync(
            $$"""say '{"kind":"load","calls":0,"sessions":1,"objects":0}'; {{drains}}""", "Busy"));

        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(idle.WorkerId, wait: 0)).State);
        time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(0, (await host.FateAsync(idle.WorkerId)).ExitCode);
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(busy.WorkerId, wait: 0)).State);
    }

    [Fact]
    public async Task A_superseded_worker_is_drained_after_its_last_ticket_and_the_new_one_stays()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { StopTimeout = TimeSpan.FromHours(1) }, time);
        string drains = $$"""{{Serve}}; on_message() { case "$1" in *'"drain"'*) exit 0;; esac; }""";
        ConnectReply old = await host.ConnectAsync(await host.DeployAsync(drains));
        ConnectReply current = await host.ConnectAsync(await host.DeployAsync(drains + " # 2"));

        time.Advance(TimeSpan.FromSeconds(55));
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(old.WorkerId, wait: 0)).State);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(0, (await host.FateAsync(old.WorkerId)).ExitCode);
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(current.WorkerId, wait: 0)).State);
    }

    [Fact]
    public async Task Secrets_of_the_configuration_do_not_reach_a_worker()
    {
        Environment.SetEnvironmentVariable("RUNHOUSE__Clusters__x__Token", "secret");
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync($$"""env > "$directory/seen"; {{Serve}}""");
        await host.ConnectAsync(deployment);
        string seen = await File.ReadAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "seen"));
        Assert.Contains("PATH=", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("RUNHOUSE__", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Host.Credentials.Token, seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "1000000")]
    [InlineData("2000000", "2000000")]
    public async Task A_worker_s_collector_has_a_budget_that_the_environment_may_set(string? set, string expected)
    {
        Environment.SetEnvironmentVariable("DOTNET_GCgen0size", set);
        try
        {
            await using TestHost host = await TestHost.StartAsync();
            TestDeployment deployment = await host.DeployAsync($$"""env > "$directory/seen"; {{Serve}}""");
            await host.ConnectAsync(deployment);
            string[] seen = await File.ReadAllLinesAsync(Path.Combine(host.Home, "deployments", deployment.Id, "seen"));
            Assert.Contains($"DOTNET_GCgen0size={expected}", seen);
        }
        finally
        {
            Environment.SetEnvironmentVariable("DOTNET_GCgen0size", null);
        }
    }

    [Fact]
    public async Task Workers_end_with_their_host()
    {
        HostSettings settings = TestHost.NewSettings();
        TestHost host = await TestHost.StartAsync(settings, keepsHome: true);
        TestDeployment deployment = await host.DeployAsync(Serve);
        ConnectReply reply = await host.ConnectAsync(deployment);
        int[] processes = [.. (await host.StatusAsync()).Workers.Select(worker => worker.ProcessId)];

        await host.DisposeAsync();

        Assert.Equal(2, processes.Length);
        Assert.All(processes, process => Assert.False(Directory.Exists($"/proc/{process}")));
        Assert.False(File.Exists(reply.SocketPath));
        Directory.Delete(settings.Home, recursive: true);
    }
}
