using System.Globalization;
using System.Net;
using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Allocation;

/// <summary>Workers that need something in particular, on a machine whose two accelerators are told by a script.</summary>
public sealed class CapacityTests : IAsyncLifetime
{
    private const string Serve = """say '{"kind":"serving"}'; on_message() { case $1 in *drain*) exit 0;; esac; }; """;

    // A caller's session, until somebody writes into the deployment's pipe. It is told to have come once its ticket was given.
    private const string ServeOneCaller = """mkfifo $directory/gone; say '{"kind":"serving"}'; say '{"kind":"load","calls":0,"sessions":1,"objects":0,"arrived":0}'; read -r line < $directory/gone; """
        + """say '{"kind":"load","calls":0,"sessions":0,"objects":0,"arrived":1}'; on_message() { case $1 in *drain*) exit 0;; esac; }; """;

    private const string KeepLoad = """printf '%s' "$load" > "$directory/load"; """;
    private static readonly WorkerRequest OneA100 = new() { Gpu = "A100" };
    private TestHost _host = null!;
    private int _applications;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await StartAsync(static settings => settings);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Members_with_equal_needs_share_a_worker_and_others_have_another_one()
    {
        TestDeployment deployment = await DeployAsync(Serve);
        string plain = (await _host.ConnectAsync(deployment)).WorkerId;
        string one = (await _host.ConnectAsync(deployment, new WorkerRequest { Cpus = "1" })).WorkerId;
        string more = (await _host.ConnectAsync(deployment, new WorkerRequest { Memory = "0.1+" })).WorkerId;

        Assert.Equal(3, new[] { plain, one, more }.Distinct().Count());
        Assert.Equal(plain, (await _host.ConnectAsync(deployment, new WorkerRequest())).WorkerId);
        Assert.Equal(one, (await _host.ConnectAsync(deployment, new WorkerRequest { Cpus = "1" })).WorkerId);
        HostStatus status = await _host.StatusAsync();
        WorkerStatus WorkerOf(string id) => status.Workers.Single(worker => worker.Id == id);
        Assert.Equal((0.0, 0.0, null), (WorkerOf(plain).Cpus, WorkerOf(plain).MemoryGiB, WorkerOf(plain).MemoryLimitBytes));
        Assert.Equal((1.0, 0.0), (WorkerOf(one).Cpus, WorkerOf(one).MemoryGiB));
        Assert.Equal((0.0, 0.1, null), (WorkerOf(more).Cpus, WorkerOf(more).MemoryGiB, WorkerOf(more).MemoryLimitBytes));
    }

    [Fact]
    public async Task Each_worker_sees_the_accelerators_that_it_holds_and_status_says_who_holds_them()
    {
        TestDeployment first = await DeployAsync(KeepLoad + ServeOneCaller);
        TestDeployment second = await DeployAsync(KeepLoad + ServeOneCaller);
        ConnectReply one = await _host.ConnectAsync(first, new WorkerRequest { Gpu = "H100|A100" });
        ConnectReply two = await _host.ConnectAsync(second, OneA100);

        LoadDeployment load = await LoadedAsync(first);
        Assert.Equal(["A100"], load.Accelerators);
        Assert.Equal(("0", "0", "PCI_BUS_ID"), (load.Environment["CUDA_VISIBLE_DEVICES"], load.Environment["NVIDIA_VISIBLE_DEVICES"], load.Environment["CUDA_DEVICE_ORDER"]));
        Assert.Equal("1", (await LoadedAsync(second)).Environment["CUDA_VISIBLE_DEVICES"]);
        HostStatus status = await _host.StatusAsync();
        Assert.Equal([one.WorkerId, two.WorkerId], status.Machine.Accelerators.Select(static device => device.WorkerId));
        Assert.Equal([0], status.Workers.Single(worker => worker.Id == one.WorkerId).Accelerators);
    }

    [Fact]
    public async Task What_others_hold_is_refused_at_once_or_waited_for()
    {
        TestDeployment holder = await DeployAsync(ServeOneCaller);
        TestDeployment other = await DeployAsync(Serve);
        ConnectReply held = await _host.ConnectAsync(holder, new WorkerRequest { Gpu = "A100:2" });
        await HasCallerAsync(held.WorkerId);

        HostError refused = await TestHost.RefusalAsync(await _host.TryConnectAsync(other, OneA100, Stop), HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HostErrorCode.Capacity, refused.Code);
        Assert.Contains($"worker {held.WorkerId} of App1 has Gpu=A100:2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("WaitForCapacity", refused.Message, StringComparison.Ordinal);

        Task<ConnectReply> waiting = _host.ConnectAsync(other, OneA100 with { WaitSeconds = 60 });
        await WaitingAsync(1);
        await GoneAsync(holder);
        Assert.NotEqual(held.WorkerId, (await waiting).WorkerId);
        Assert.Equal(0, (await _host.FateAsync(held.WorkerId)).ExitCode);
        Assert.Equal(0, (await _host.StatusAsync()).Waiting);
    }

    [Fact]
    public async Task A_detached_call_waits_for_as_long_as_it_takes_and_holds_up_no_other_one()
    {
        await using TestHost host = await StartAsync(static settings => settings with { MaxDetached = 1, MaxWaiting = 1 });
        (TestHost former, _host) = (_host, host);
        try
        {
            TestDeployment holder = await DeployAsync(ServeOneCaller);
            await HasCallerAsync((await host.ConnectAsync(holder, new WorkerRequest { Gpu = "A100:2" })).WorkerId);
            DetachedCall call = new() { Member = "Jobs.Run()", MethodId = 300, Deployment = (await DeployAsync("exit 3")).Id, RetentionSeconds = 60 };
            HostError lacking = await TestHost.RefusalAsync(
                await host.SpawnAsync("00000000000000aa", call with { Place = new WorkerRequest { Gpu = "H100" } }), HttpStatusCode.ServiceUnavailable);
            Assert.Equal(HostErrorCode.Capacity, lacking.Code);

            Assert.Equal(HttpStatusCode.Created, (await host.SpawnAsync("00000000000000bb", call with { Place = OneA100 })).StatusCode);
            await WaitingAsync(1);
            await host.SpawnAsync("00000000000000ee", call with { Place = new WorkerRequest { Gpu = "A100:2" } });
            await WaitingAsync(2);

            // They are none of the callers of whom only so many may wait.
            HostError full = await TestHost.RefusalAsync(await host.TryConnectAsync(await DeployAsync(Serve), OneA100, Stop), HttpStatusCode.ServiceUnavailable);
            Assert.Contains("has no room", full.Message, StringComparison.Ordinal);
            await host.SpawnAsync("00000000000000cc", call with { Place = OneA100, WaitSeconds = 0 });
            await host.SpawnAsync("00000000000000dd", call);
            Assert.Equal((CallState.Failed, CallState.Failed), ((await host.CallAsync("00000000000000cc")).State, (await host.CallAsync("00000000000000dd")).State));
            Assert.Equal(CallState.Waiting, (await host.CallAsync("00000000000000bb", wait: 0)).State);
            await GoneAsync(holder);
            foreach (string id in (string[])["00000000000000bb", "00000000000000dd", "00000000000000ee"])
            {
                Assert.Equal(CallState.Failed, (await host.CallAsync(id)).State);
                Assert.Contains("did not start", await host.Client.GetStringAsync($"/v1/calls/{id}/outcome", Stop), StringComparison.Ordinal);
            }

            Assert.Contains("WaitForCapacity", await host.Client.GetStringAsync("/v1/calls/00000000000000cc/outcome", Stop), StringComparison.Ordinal);
        }
        finally
        {
            _host = former;
        }
    }

    [Fact]
    public async Task An_idle_worker_makes_room_for_a_caller_that_does_not_wait()
    {
        TestDeployment holder = await DeployAsync(ServeOneCaller);
        ConnectReply idle = await _host.ConnectAsync(holder, new WorkerRequest { Gpu = "A100:2" });
        await HasCallerAsync(idle.WorkerId);
        await GoneAsync(holder);
        await UntilAsync(status => status.Workers.Single(worker => worker.Id == idle.WorkerId).Sessions == 0);

        ConnectReply reply = await _host.ConnectAsync(await DeployAsync(Serve), OneA100);
        Assert.NotEqual(idle.WorkerId, reply.WorkerId);
        Assert.Equal(WorkerState.Ended, (await _host.FateAsync(idle.WorkerId)).State);
    }

    [Fact]
    public async Task A_worker_to_which_a_caller_is_on_its_way_makes_no_room()
    {
        ConnectReply expected = await _host.ConnectAsync(await DeployAsync(Serve), new WorkerRequest { Gpu = "A100:2" });
        HostError refused = await TestHost.RefusalAsync(await _host.TryConnectAsync(await DeployAsync(Serve), OneA100, Stop), HttpStatusCode.ServiceUnavailable);
        Assert.Contains(expected.WorkerId, refused.Message, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Serving, (await _host.FateAsync(expected.WorkerId, wait: 0)).State);
    }

    [Theory]
    [InlineData("H100", null, null, "Gpu = \"H100\"")]
    [InlineData("A100:3", null, null, "NVIDIA A100-SXM4-80GB, NVIDIA A100-SXM4-80GB")]
    [InlineData(null, "1000+", null, "Cpus = \"1000+\"")]
    [InlineData(null, null, "100000", "Memory = \"100000\"")]
    public async Task What_the_machine_lacks_is_refused_without_a_wait_and_a_lenient_caller_starts_all_the_same(string? gpu, string? cpus, string? memory, string lack)
    {
        TestDeployment deployment = await DeployAsync(KeepLoad + Serve);
        var request = new WorkerRequest { Gpu = gpu, Cpus = cpus, Memory = memory, WaitSeconds = 3600 };
        HostError refused = await TestHost.RefusalAsync(await _host.TryConnectAsync(deployment, request, Stop), HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HostErrorCode.Capacity, refused.Code);
        Assert.Contains(lack, refused.Message, StringComparison.Ordinal);

        await _host.ConnectAsync(deployment, request with { IsLenient = true });
        LoadDeployment load = await LoadedAsync(deployment);
        Assert.Empty(load.Accelerators);
        Assert.DoesNotContain("CUDA_VISIBLE_DEVICES", load.Environment.Keys);
    }

    [Fact]
    public async Task A_lenient_caller_shares_cores_and_waits_for_accelerators_that_there_are()
    {
        string all = Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var request = new WorkerRequest { Gpu = "A100:2", Cpus = all, IsLenient = true };
        ConnectReply first = await _host.ConnectAsync(await DeployAsync(Serve), request);
        ConnectReply second = await _host.ConnectAsync(await DeployAsync(Serve), request with { Gpu = null });
        Assert.NotEqual(first.WorkerId, second.WorkerId);
        await TestHost.RefusalAsync(await _host.TryConnectAsync(await DeployAsync(Serve), request, Stop), HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Only_so_many_wait_and_who_gives_up_waits_no_longer()
    {
        await using TestHost host = await StartAsync(static settings => settings with { MaxWaiting = 1 });
        (TestHost former, _host) = (_host, host);
        try
        {
            await host.ConnectAsync(await DeployAsync(Serve), new WorkerRequest { Gpu = "A100:2" });
            using var giveUp = new CancellationTokenSource();
            Task<HttpResponseMessage> waiting = host.TryConnectAsync(await DeployAsync(Serve), OneA100 with { WaitSeconds = 3600 }, giveUp.Token);
            await WaitingAsync(1);
            HostError refused = await TestHost.RefusalAsync(
                await host.TryConnectAsync(await DeployAsync(Serve), OneA100 with { WaitSeconds = 3600 }, Stop), HttpStatusCode.ServiceUnavailable);
            Assert.Contains("1 callers wait", refused.Message, StringComparison.Ordinal);
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            await WaitingAsync(0);
        }
        finally
        {
            _host = former;
        }
    }

    [Fact]
    public async Task A_worker_for_which_any_caller_has_a_ticket_makes_no_room()
    {
        TestDeployment holder = await DeployAsync(ServeOneCaller);
        string worker = (await _host.ConnectAsync(holder, new WorkerRequest { Gpu = "A100:2" })).WorkerId;
        await HasCallerAsync(worker);

        // One more is sent there, by the worker's id; the first one leaves.
        (await _host.Client.PostAsync($"/v1/workers/{worker}/connect", null, Stop)).EnsureSuccessStatusCode();
        await GoneAsync(holder);
        await UntilAsync(status => status.Workers.Single(one => one.Id == worker).Sessions == 0);

        HostError refused = await TestHost.RefusalAsync(await _host.TryConnectAsync(await DeployAsync(Serve), OneA100, Stop), HttpStatusCode.ServiceUnavailable);
        Assert.Contains(worker, refused.Message, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Serving, (await _host.FateAsync(worker, wait: 0)).State);
    }

    [Fact]
    [Trait("Acceptance", "31")]
    public async Task A_named_process_has_its_own_variables_and_takes_in_what_fits_into_it()
    {
        TestDeployment deployment = await DeployAsync(KeepLoad + Serve);
        var request = new WorkerRequest { Process = "trainer", Cpus = "1", Variables = new Dictionary<string, string> { ["SEED"] = "7" } };
        string process = (await _host.ConnectAsync(deployment, request)).WorkerId;
        Assert.Equal("7", (await LoadedAsync(deployment)).Environment["SEED"]);
        Assert.Equal(process, (await _host.ConnectAsync(deployment, new WorkerRequest { Process = "trainer" })).WorkerId);
        Assert.Equal(process, (await _host.ConnectAsync(deployment, new WorkerRequest { Process = "trainer", Cpus = "0.5+" })).WorkerId);
        Assert.NotEqual(process, (await _host.ConnectAsync(deployment, new WorkerRequest { Process = "other" })).WorkerId);
        Assert.DoesNotContain("SEED", (await LoadedAsync(deployment)).Environment.Keys);

        HostError others = await TestHost.RefusalAsync(
            await _host.TryConnectAsync(deployment, request with { Variables = new Dictionary<string, string> { ["SEED"] = "8" } }, Stop), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("'trainer'", others.Message, StringComparison.Ordinal);
        HostError tooMuch = await TestHost.RefusalAsync(
            await _host.TryConnectAsync(deployment, new WorkerRequest { Process = "trainer", Memory = "1+" }, Stop), HttpStatusCode.ServiceUnavailable);
        Assert.Contains("Needing", tooMuch.Message, StringComparison.Ordinal);
        WorkerStatus status = (await _host.StatusAsync()).Workers.Single(worker => worker.Process == "trainer");
        Assert.Equal((process, 1.0), (status.Id, status.Cpus));
    }

    [Fact]
    public async Task A_process_whose_variables_count_at_its_start_is_started_with_them()
    {
        string standby = Assert.Single((await _host.StatusAsync()).Workers).Id;
        TestDeployment deployment = await DeployAsync("""printf '%s' "$DOTNET_RH_TEST" > "$directory/seen"; """ + Serve);
        ConnectReply reply = await _host.ConnectAsync(
            deployment, new WorkerRequest { Process = "p", Variables = new Dictionary<string, string> { ["DOTNET_RH_TEST"] = "there" } });
        Assert.NotEqual(standby, reply.WorkerId);
        Assert.Equal("there", await File.ReadAllTextAsync(Path.Combine(FolderOf(deployment), "seen"), Stop));
    }

    [Fact]
    public async Task Killing_a_worker_ends_it_and_no_other()
    {
        TestDeployment deployment = await DeployAsync(Serve);
        string one = (await _host.ConnectAsync(deployment, new WorkerRequest { Process = "one" })).WorkerId;
        string two = (await _host.ConnectAsync(deployment, new WorkerRequest { Process = "two" })).WorkerId;
        Assert.Equal(HttpStatusCode.NoContent, (await _host.Client.DeleteAsync($"/v1/workers/{one}", Stop)).StatusCode);
        Assert.Equal((WorkerState.Ended, 9), ((await _host.FateAsync(one, wait: 0)).State, (await _host.FateAsync(one, wait: 0)).Signal));
        Assert.Equal(WorkerState.Serving, (await _host.FateAsync(two, wait: 0)).State);
        Assert.NotEqual(one, (await _host.ConnectAsync(deployment, new WorkerRequest { Process = "one" })).WorkerId);
    }

    [Theory]
    [InlineData(15.3, null, null, 15.3)]
    [InlineData(15.3, 16.0, null, 16)]
    [InlineData(0.93, 1.0, null, 1)]
    [InlineData(15.3, 16.0, 8.0, 8)]
    [InlineData(15.3, 8.0, null, 15.3)]
    [InlineData(15.3, 32.0, null, 15.3)]
    public void A_machine_has_the_memory_that_it_is_sold_with_unless_its_system_or_its_group_shows_much_less(double visible, double? sold, double? ownLimit, double memory)
        => Assert.Equal(memory, Capacity.MemoryOf(visible, sold, ownLimit));

    [Fact]
    public async Task Code_that_needs_the_whole_of_a_leased_machine_gets_it()
    {
        double visible = (await _host.StatusAsync()).Machine.MemoryBytes / (double)(1L << 30);
        await using TestHost leased = await StartAsync(settings => settings with { MachineMemoryGiB = visible * 1.04 });
        var whole = new WorkerRequest { Memory = string.Create(CultureInfo.InvariantCulture, $"{visible * 1.03:0.##}+") };
        HostError refused = await TestHost.RefusalAsync(await _host.TryConnectAsync(await DeployAsync(Serve), whole, Stop), HttpStatusCode.ServiceUnavailable);
        Assert.Contains("does not have what the code needs: Memory", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty((await leased.ConnectAsync(await leased.DeployAsync(Serve, "Whole"), whole)).WorkerId);
    }

    private static async Task<TestHost> StartAsync(Func<HostSettings, HostSettings> change)
    {
        HostSettings settings = TestHost.NewSettings();
        Directory.CreateDirectory(settings.Home);
        string tool = Path.Combine(settings.Home, "list-devices");
        await File.WriteAllTextAsync(tool, "#!/bin/sh\nfor i in 0 1; do echo \"$i, GPU-$i, NVIDIA A100-SXM4-80GB, 0, 0, 81920\"; done\n", Stop);
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return await TestHost.StartAsync(change(settings with { AcceleratorTool = tool }));
    }

    private Task<TestDeployment> DeployAsync(string script) => _host.DeployAsync(script, $"App{++_applications}");

    private string FolderOf(TestDeployment deployment) => Path.Combine(_host.Home, "deployments", deployment.Id);

    private async Task<LoadDeployment> LoadedAsync(TestDeployment deployment) => (LoadDeployment)JsonSerializer.Deserialize(
        await File.ReadAllTextAsync(Path.Combine(FolderOf(deployment), "load"), Stop), ControlJson.Default.HostToWorkerMessage)!;

    private Task HasCallerAsync(string worker) => UntilAsync(status => status.Workers.Single(one => one.Id == worker).Sessions == 1);

    private Task GoneAsync(TestDeployment deployment) => File.WriteAllTextAsync(Path.Combine(FolderOf(deployment), "gone"), "gone\n", Stop);

    private Task WaitingAsync(int callers) => UntilAsync(status => status.Waiting == callers);

    private async Task UntilAsync(Func<HostStatus, bool> condition)
    {
        while (!condition(await _host.StatusAsync()))
            Stop.ThrowIfCancellationRequested();
    }
}
