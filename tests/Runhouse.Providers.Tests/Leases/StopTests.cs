using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>Machines that were stopped keep their disks for their cluster, start where they are, and are given back when that was said or their time is over.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory().FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow()) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
    private readonly Timer _clock;
    private FakeEc2 _ec2 = null!;

    public StopTests() => _clock = new Timer(_ => _time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);

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

    [Fact]
    public async Task A_stopped_gang_is_started_by_the_next_call_with_the_same_machines_and_other_addresses()
    {
        Lease before = await UpAsync(count: 3);
        Assert.All(_ec2.Alive, static one => Assert.Equal("stop", one.Request["InstanceInitiatedShutdownBehavior"]));

        Assert.True(await Process.Keeper.StopAsync("train", Token));
        Assert.All(_ec2.Alive, static one => Assert.Equal("stopped", one.State));
        Assert.False(await Process.Keeper.StopAsync("train", Token));
        Assert.Null(Process.Keeper.Find("train"));
        Lease after = await UpAsync(count: 3);

        Assert.Equal(before.Machines.Select(static one => one.Id), after.Machines.Select(static one => one.Id));
        Assert.Empty(before.Machines.Select(static one => one.Address).Intersect(after.Machines.Select(static one => one.Address)));
        Assert.Equal((before.HostKey, before.LoginKey, 1), (after.HostKey, after.LoginKey, after.Starts));
        Assert.Single(_ec2.Of("RunInstances"));
    }

    [Fact]
    public async Task Without_room_for_a_stopped_machine_no_other_is_taken_and_the_error_says_how_to_give_it_up()
    {
        Lease lease = await UpAsync();
        await Process.Keeper.StopAsync("train", Token);
        FakeZone zone = _ec2.Instance(lease.Machines[0].Id).Subnet.Zone;
        zone.Capacity = 0;

        var error = await Assert.ThrowsAsync<CapacityException>(() => UpAsync());

        Assert.Contains("InsufficientInstanceCapacity", error.Message, StringComparison.Ordinal);
        Assert.Contains("Its disk is there, so that no other machine is taken in its place.", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("(runhouse down train).", error.Message, StringComparison.Ordinal);
        Assert.Equal("stopped", Assert.Single(_ec2.Alive).State);
        Assert.Single(_ec2.Of("RunInstances"));

        zone.Capacity = 1;
        Assert.Equal(lease.Machines[0].Id, (await UpAsync()).Machines[0].Id);
    }

    [Fact]
    public async Task A_machine_that_dies_while_it_starts_is_not_up_and_the_others_of_its_gang_are_stopped_again()
    {
        Lease lease = await UpAsync(count: 2);
        await Process.Keeper.StopAsync("train", Token);
        _ec2.Instance(lease.Machines[0].Id).Subnet.Zone.KillNext("Server.InsufficientInstanceCapacity", "Server.InsufficientInstanceCapacity: Insufficient capacity", 1);

        var error = await Assert.ThrowsAsync<CapacityException>(() => UpAsync(count: 2));

        Assert.Contains("Server.InsufficientInstanceCapacity", error.Message, StringComparison.Ordinal);
        Assert.All(_ec2.Alive, static one => Assert.Equal("stopped", one.State));
        Assert.Equal(LeaseState.Stopped, Process.Store.Find("train")!.State);
        Assert.Equal(2, (await UpAsync(count: 2)).Machines.Count);
    }

    [Fact]
    public async Task Answers_that_are_lost_are_asked_for_again()
    {
        Lease lease = await UpAsync();
        _ec2.CutNext("StopInstances", 2);
        await Process.Keeper.StopAsync("train", Token);
        _ec2.CutNext("StartInstances", 2);
        Assert.Equal(lease.Machines[0].Id, (await UpAsync()).Machines[0].Id);
        Assert.Equal("running", Assert.Single(_ec2.Alive).State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_process_leaves_that_dies_while_it_stops_or_starts_machines_is_stopped_by_gc_and_started_by_the_next_call(bool isCarriedOut)
    {
        Lease lease = await UpAsync();
        for (int request = 0; request < 6; request++)
        {
            await Process.RunAsync(_ec2, static process => process.Keeper.StopAsync("train", CancellationToken.None), request, isCarriedOut);
            CollectedMachine kept = Assert.Single(await Process.Collector.CollectAsync(isDryRun: false, Token));
            Assert.True(kept.Outcome is CollectOutcome.Stopped or CollectOutcome.InUse);
            await Process.Keeper.StopAsync("train", Token);
            await Process.RunAsync(_ec2, static process => process.Keeper.GetAsync(LeasingProcess.Cluster("train", keepsDisk: true), progress: null, CancellationToken.None), request, isCarriedOut);
            Assert.Equal(lease.Machines[0].Id, (await UpAsync()).Machines[0].Id);
            Assert.Equal("running", Assert.Single(_ec2.Alive).State);
        }

        Assert.Single(_ec2.Of("RunInstances"));
    }

    [Fact]
    public async Task Spot_machines_cannot_be_stopped_and_the_error_says_what_can_be_done()
    {
        Lease lease = await Process.Keeper.GetAsync(LeasingProcess.Cluster("cheap"), progress: null, Token);
        Assert.True(lease.IsSpot);

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Process.Keeper.StopAsync("cheap", Token));

        Assert.Equal("Cluster 'cheap' has spot machines, which are bought once and cannot be stopped. Take it down (runhouse down cheap), or lease it without spot to stop it.", error.Message);
        Assert.Equal("running", Assert.Single(_ec2.Alive).State);
        Assert.NotNull(Process.Keeper.Find("cheap"));
    }

    [Fact]
    public async Task A_machine_that_has_shut_itself_down_stays_with_its_disk_until_its_time_is_over_and_gc_ends_it_then()
    {
        Lease lease = await UpAsync();
        _ec2.ShutDown(_ec2.Instance(lease.Machines[0].Id));

        Assert.Equal(CollectOutcome.Stopped, Assert.Single(await Process.Collector.CollectAsync(isDryRun: true, Token)).Outcome);
        Assert.Equal(LeaseState.Held, Process.Store.Find("train")!.State);
        Assert.Equal(CollectOutcome.Stopped, Assert.Single(await Process.Collector.CollectAsync(isDryRun: false, Token)).Outcome);
        Assert.Equal(LeaseState.Stopped, Process.Store.Find("train")!.State);

        _time.Advance(TimeSpan.FromDays(15));
        Assert.Equal(CollectOutcome.Ended, Assert.Single(await Process.Collector.CollectAsync(isDryRun: false, Token)).Outcome);
        Assert.Empty(_ec2.Alive);
        Assert.Null(Process.Store.Find("train"));
    }

    [Fact]
    public async Task A_machine_that_is_about_to_stop_is_waited_for_and_started_and_never_ended()
    {
        Lease lease = await UpAsync();
        _ec2.EndingLooks = 3;
        _ec2.ShutDown(_ec2.Instance(lease.Machines[0].Id));
        Assert.True(LeaseKeeper.HasStopped(lease, await Process.Keeper.LookAsync(lease, Token)));

        Process.Keeper.SetStopped(lease);
        Assert.Equal(lease.Machines[0].Id, (await UpAsync()).Machines[0].Id);
        Assert.Equal("running", Assert.Single(_ec2.Alive).State);
    }

    [Fact]
    public async Task Gc_keeps_the_machine_of_a_gang_that_has_stopped_before_the_others()
    {
        Lease lease = await UpAsync(count: 2);
        _ec2.ShutDown(_ec2.Instance(lease.Machines[1].Id));

        Assert.Equal([CollectOutcome.InUse, CollectOutcome.Stopped], (await Process.Collector.CollectAsync(isDryRun: false, Token)).Select(static one => one.Outcome));
        Assert.Equal(2, _ec2.Alive.Count);
    }

    [Fact]
    public async Task Down_ends_stopped_machines_and_their_disks()
    {
        await UpAsync(count: 2);
        await Process.Keeper.StopAsync("train", Token);
        Assert.True(await Process.Keeper.EndAsync("train", only: null, Token));
        Assert.Empty(_ec2.Alive);
        Assert.Null(Process.Store.Find("train"));
    }

    [Fact]
    public async Task Stopped_machines_that_somebody_has_ended_are_leased_anew_all_of_them_or_none()
    {
        Lease lease = await UpAsync(count: 2);
        await Process.Keeper.StopAsync("train", Token);
        _ec2.TakeBack(lease.Machines[0].Id);

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => UpAsync(count: 2));
        Assert.StartsWith($"Machine {lease.Machines[0].Id}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("(runhouse down train).", error.Message, StringComparison.Ordinal);

        _ec2.TakeBack(lease.Machines[1].Id);
        Assert.NotEqual(lease.Id, (await UpAsync(count: 2)).Id);
        Assert.Equal(2, _ec2.Alive.Count);
    }

    private Task<Lease> UpAsync(int count = 1) => Process.Keeper.GetAsync(LeasingProcess.Cluster("train", count, keepsDisk: true), progress: null, Token);
}
