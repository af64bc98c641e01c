using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>A machine that has shut itself down is stopped on Google Cloud, and its disk is paid for: it is deleted with the next thing that is done.</summary>
public sealed class StoppedMachineTests : GcpTest, IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public async Task Gc_deletes_the_stopped_machines_of_a_cluster_and_forgets_their_lease()
    {
        (LeaseStore store, _, LeaseCollector collector) = NewLeases();
        IReadOnlyList<LeasedMachine> machines = await HoldAsync(store, count: 2);
        foreach (LeasedMachine machine in machines)
            Server.ShutDown(Server.Instance(machine.Id));

        Assert.All(await collector.CollectAsync(isDryRun: true, Token), static one => Assert.Equal(CollectOutcome.Ended, one.Outcome));
        Assert.Equal(2, Server.Instances.Count);
        Assert.All(await collector.CollectAsync(isDryRun: false, Token), static one => Assert.Equal(CollectOutcome.Ended, one.Outcome));

        Assert.Empty(Server.Instances);
        Assert.Null(store.Find("train"));
    }

    [Fact]
    public async Task Gc_leaves_what_runs_beside_a_stopped_machine()
    {
        (LeaseStore store, _, LeaseCollector collector) = NewLeases();
        IReadOnlyList<LeasedMachine> machines = await HoldAsync(store, count: 2);
        Server.ShutDown(Server.Instance(machines[0].Id));

        IReadOnlyList<CollectedMachine> collected = await collector.CollectAsync(isDryRun: false, Token);

        Assert.Equal([CollectOutcome.Ended, CollectOutcome.InUse], collected.Select(static one => one.Outcome));
        Assert.Equal(machines[1].Id, Assert.Single(Server.Instances).Name);
    }

    [Fact]
    public async Task A_machine_that_has_stopped_is_listed_as_such_and_its_end_deletes_it()
    {
        (LeaseStore store, LeaseKeeper keeper, _) = NewLeases();
        IReadOnlyList<LeasedMachine> machines = await HoldAsync(store, count: 1);
        Assert.Equal(MachineState.Running, Assert.Single(await keeper.LookAsync(store.Find("train")!, Token)).State);
        Server.ShutDown(Server.Instance(machines[0].Id));

        Assert.Equal(MachineState.Stopped, Assert.Single(await keeper.LookAsync(store.Find("train")!, Token)).State);
        Assert.True(await keeper.EndAsync("train", only: "l-1", Token));

        Assert.Empty(Server.Instances);
        Assert.Null(store.Find("train"));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_home, recursive: true);

    private async Task<IReadOnlyList<LeasedMachine>> HoldAsync(LeaseStore store, int count)
    {
        Candidate candidate = At("us-central1-a");
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count), candidate);
        using FileStream? taken = store.TryTake("train");
        store.Save(new Lease
        {
            Id = "l-1",
            Cluster = "train",
            State = LeaseState.Held,
            Token = "t-1",
            Offer = candidate.Offer,
            AskedAt = machines[0].StartedAt,
            Count = count,
            DiskSize = 100,
            LoginKey = MachineKey.New(),
            HostKey = MachineKey.New(),
            Machines = machines,
        });
        return machines;
    }

    private (LeaseStore Store, LeaseKeeper Keeper, LeaseCollector Collector) NewLeases()
    {
        var options = new OnDemandOptions();
        options.Providers["gcp"] = new Dictionary<string, string?> { ["ServiceUrl"] = Server.Url, ["Credentials"] = KeyFile };

        // The other cloud of these tests has no machines of this one's.
        options.Providers["aws"] = new Dictionary<string, string?> { ["Profile"] = "no-such-profile" };
        MachineProviders.Register("gcp", GcpCloud.Create);
        var store = new LeaseStore(new RunhouseHome(_home));
        var clouds = new CloudSet(options, TimeProvider.System);
        var keeper = new LeaseKeeper(store, clouds, MachineCatalogue.Load, options, static () => "ada", TimeProvider.System);
        return (store, keeper, new LeaseCollector(store, keeper, clouds, options.StoppedTime, static () => "ada", TimeProvider.System));
    }
}
