using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>What gc does with machines that others use, start and stop meanwhile, or that it does not see in its list.</summary>
public sealed class CollectTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory().FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow()) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
    private readonly Timer _clock;
    private FakeEc2 _ec2 = null!;

    public CollectTests() => _clock = new Timer(_ => _time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LeasingProcess Process => new(_home, _ec2, _time);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _ec2 = await FakeEc2.StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _clock.DisposeAsync();
        await _ec2.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    public async Task Stopped_machines_that_another_program_starts_since_gc_has_listed_them_stay_in_use(bool keepsDisk, int count)
    {
        ClusterSpec train = LeasingProcess.Cluster("train", count, keepsDisk: true) with { KeepsDisk = keepsDisk };
        Lease lease = await Process.Keeper.GetAsync(train, progress: null, Token);
        await Process.Keeper.StopAsync("train", Token);

        // Once the answer is made up, and before gc has it: as if gc had been busy with others for minutes.
        // Only once: it asks for the same, and may do so before its task is there.
        Task<Lease>? starting = null;
        int asked = 0;
        _ec2.After = async request =>
        {
            if (request.Action == "DescribeInstances" && request.Region == lease.Offer.Region && Interlocked.Exchange(ref asked, 1) == 0)
                await (starting = Process.Keeper.GetAsync(train, progress: null, Token));
        };

        IReadOnlyList<CollectedMachine> collected = await Process.Collector.CollectAsync(isDryRun: false, Token);

        Lease started = await starting!;
        Assert.Equal((lease.Id, 1), (started.Id, started.Starts));
        Assert.Equal(Enumerable.Repeat(CollectOutcome.InUse, count), collected.Select(static one => one.Outcome));
        Assert.All(lease.Machines, machine => Assert.Equal("running", _ec2.Instance(machine.Id).State));
        Assert.Equal(LeaseState.Held, Process.Store.Find("train")!.State);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_kept_disk_stays_in_a_region_that_is_not_listed_any_more_until_nothing_is_left_there(int count)
    {
        Lease lease = await Process.Keeper.GetAsync(LeasingProcess.Cluster("train", count, keepsDisk: true), progress: null, Token);
        _ec2.ShutDown(_ec2.Instance(lease.Machines[0].Id));
        foreach (LeasedMachine gone in lease.Machines.Skip(1))
            _ec2.TakeBack(gone.Id);
        LeasingProcess elsewhere = Elsewhere(lease);

        Assert.Empty(await elsewhere.Collector.CollectAsync(isDryRun: false, Token));

        Assert.Equal("stopped", _ec2.Instance(lease.Machines[0].Id).State);
        Assert.Equal(count == 1 ? LeaseState.Stopped : LeaseState.Held, elsewhere.Store.Find("train")!.State);

        _ec2.TakeBack(lease.Machines[0].Id);
        await elsewhere.Collector.CollectAsync(isDryRun: false, Token);
        Assert.Null(elsewhere.Store.Find("train"));
    }

    private LeasingProcess Elsewhere(Lease lease) => new(_home, _ec2, _time, regions: lease.Offer.Region == "us-east-1" ? "us-east-2" : "us-east-1");
}
