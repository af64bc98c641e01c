using System.Collections.Concurrent;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;

namespace Runhouse.Integration.Allocations;

/// <summary>Clusters whose machines a scheduler places: asked for, waited for, found again, and gone when nobody needs them. The hosts are real, begun by the real agent.</summary>
public sealed class AllocationTests : IAsyncLifetime
{
    private static readonly ClusterSpec Pool = new()
    {
        Name = "Pool.1",
        Provider = "shell",
        Hosts = ["Pool.1-0"],
        Needs = Resources.Parse(cpus: "1", provider: "shell"),
    };

    private readonly string _home = Directory.CreateTempSubdirectory("rha-").FullName;
    private readonly ShellScheduler _scheduler = new();
    private readonly RunhouseOptions _options = new() { ConnectTimeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _scheduler.DisposeAsync();
        foreach (ShellMachine machine in _scheduler.Jobs.SelectMany(static job => job.Machines))
            await machine.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_cluster_is_asked_for_once_whoever_calls_and_is_given_back_when_it_is_taken_down()
    {
        await using AllocationProvider provider = Provider();
        HostClient[] found = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop)));
        Assert.Single(found.Select(static host => host.Address.HostId).Distinct());
        Assert.StartsWith("rh-pool-1-", Assert.Single(_scheduler.Jobs).Request.Name, StringComparison.Ordinal);
        Assert.Equal("Pool.1", (await found[0].GetStatusAsync(Stop)).Host);

        // Another process has nothing but the cluster's declaration, and the scheduler.
        AllocationProvider other = Provider();
        using HostClient again = await other.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.Equal(found[0].Address.HostId, again.Address.HostId);
        Assert.True(await other.DownAsync(Pool, 0, Stop));
        Assert.Equal(AllocationState.Ended, Assert.Single(_scheduler.Jobs).State);
        Assert.Null(await provider.FindHostAsync(Pool, 0, Stop));
        Assert.Null(await provider.FindAsync(Pool, Stop));
        Assert.False(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_node_that_nobody_uses_ends_by_itself_and_the_next_call_asks_for_another_one()
    {
        await using AllocationProvider provider = Provider();
        ClusterSpec idle = Pool with { Autostop = TimeSpan.FromSeconds(5) };
        string first;
        using (HostClient host = await provider.GetHostAsync(idle, 0, lost: null, progress: null, Stop))
            first = host.Address.HostId;
        while (_scheduler.Jobs[0].State != AllocationState.Ended)
            await Task.Delay(50, Stop);
        Assert.Null(_scheduler.Jobs[0].Loss);
        Assert.False(Directory.Exists(ShellScheduler.Job.AgentOf(_scheduler.Jobs[0].Machines[0])));

        using HostClient next = await provider.GetHostAsync(idle, 0, lost: null, progress: null, Stop);
        Assert.NotEqual(first, next.Address.HostId);
        Assert.Equal(2, _scheduler.Jobs.Count);
        Assert.True(await provider.DownAsync(idle, 0, Stop));
    }

    [Fact]
    public async Task A_queue_that_is_full_is_waited_in_with_the_schedulers_words()
    {
        _scheduler.Nodes = 0;
        await using AllocationProvider provider = Provider();
        var said = new ConcurrentQueue<ProvisioningProgress>();
        Task<HostClient> waiting = provider.GetHostAsync(Pool, 0, lost: null, new Recorder(said), Stop);
        while (said.IsEmpty)
            await Task.Delay(10, Stop);
        Assert.True(said.TryDequeue(out ProvisioningProgress? queued));
        Assert.Equal((ProvisioningStage.Queued, "no room"), (queued.Stage, queued.Line));
        Assert.Equal(AllocationState.Queued, (await provider.FindAsync(Pool, Stop))!.State);
        Assert.Null(await provider.FindHostAsync(Pool, 0, Stop));

        _scheduler.Nodes = 1;
        using HostClient host = await waiting;
        Assert.Equal("Pool.1", (await host.GetStatusAsync(Stop)).Host);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task What_the_queue_holds_for_too_long_or_will_never_let_through_is_given_back()
    {
        _options.OnDemand.QueueTime = TimeSpan.FromMilliseconds(1);
        _scheduler.Obstacle = ("all nodes are busy", null);
        await using AllocationProvider provider = Provider();
        var full = await Assert.ThrowsAsync<CapacityException>(() => provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop));
        Assert.Contains("shell says 'all nodes are busy'", full.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse:OnDemand:QueueTime", full.Message, StringComparison.Ordinal);

        _options.OnDemand.QueueTime = TimeSpan.FromHours(1);
        _scheduler.Obstacle = ("there is no such image", ProvisioningFailure.Configuration);
        var wrong = await Assert.ThrowsAsync<DeploymentException>(() => provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop));
        Assert.Contains("there is no such image", wrong.Message, StringComparison.Ordinal);
        Assert.All(_scheduler.Jobs, static job => Assert.Equal(AllocationState.Ended, job.State));
        Assert.Equal(2, _scheduler.Jobs.Count);
        Assert.False(provider.Holds(Pool));
    }

    [Fact]
    public async Task A_request_that_somebody_withdraws_is_an_error_for_whoever_waits_and_not_made_again()
    {
        _scheduler.Nodes = 0;
        await using AllocationProvider provider = Provider();
        Task<HostClient> waiting = provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        while (_scheduler.Jobs.Count == 0)
            await Task.Delay(10, Stop);
        await using AllocationProvider other = Provider();
        Assert.True(await other.DownAsync(Pool, 0, Stop));
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => waiting);
        Assert.Contains("ended while it was waited for", error.Message, StringComparison.Ordinal);
        Assert.Single(_scheduler.Jobs);
    }

    [Fact]
    public async Task A_host_has_the_environment_of_its_allocation_and_outlives_the_command_that_asked_for_it()
    {
        await using AllocationProvider provider = Provider();
        using HostClient host = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        HostClient? found = await provider.FindHostAsync(Pool, 0, Stop);
        Assert.Equal(host.Address.HostId, found!.Address.HostId);
        ShellMachine machine = _scheduler.Jobs[0].Machines[0];
        string pid = File.ReadAllText(Directory.EnumerateFiles(ShellScheduler.Job.AgentOf(machine), "*.pid").Single()).Trim();
        Assert.Contains("OF_THE_AGENT=yes", (await File.ReadAllTextAsync($"/proc/{pid}/environ", Stop)).Split('\0'));
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task The_agent_forgets_a_host_that_has_ended_and_begins_another_one()
    {
        await using AllocationProvider provider = Provider();
        string first;
        string agent;
        using (HostClient host = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop))
        {
            first = host.Address.HostId;
            agent = ShellScheduler.Job.AgentOf(_scheduler.Jobs[0].Machines[0]);
            await host.StopAsync(Stop);
        }

        // Its number may be another process' by now, which nobody is to end.
        while (Directory.EnumerateFiles(agent, "*.pid").Any())
            await Task.Delay(10, Stop);
        using HostClient next = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.NotEqual(first, next.Address.HostId);
        Assert.Single(Directory.EnumerateFiles(agent, "*.pid"));
        Assert.Single(_scheduler.Jobs);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public void The_name_of_an_allocation_follows_from_owner_and_declaration()
    {
        string name = AllocationKeeper.NameOf("ada-1", Pool);
        Assert.Equal(name, AllocationKeeper.NameOf("ada-1", Pool with { Autostop = TimeSpan.FromHours(1), CreatedAt = TimeProvider.System.GetUtcNow() }));
        Assert.NotEqual(name, AllocationKeeper.NameOf("bob-1", Pool));
        Assert.NotEqual(name, AllocationKeeper.NameOf("ada-1", Pool with { Needs = Resources.Parse(cpus: "2", provider: "shell") }));
        Assert.InRange(AllocationKeeper.NameOf("ada-1", Pool with { Name = new string('x', 100) }).Length, 20, 63);
    }

    private AllocationProvider Provider()
    {
        var home = new RunhouseHome(_home);
        return new AllocationProvider(
            "shell", _options, new ComposedRuntimes(home.Runtimes, TimeProvider.System), new Lazy<IScheduler>(() => _scheduler), new LeaseStore(home), new ClusterStore(home, TimeProvider.System), () => "ada-1", TimeProvider.System);
    }

    private sealed class Recorder(ConcurrentQueue<ProvisioningProgress> said) : IProgress<ProvisioningProgress>
    {
        public void Report(ProvisioningProgress value) => said.Enqueue(value);
    }
}
