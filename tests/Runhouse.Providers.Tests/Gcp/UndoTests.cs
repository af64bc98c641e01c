using Runhouse.Providers.Compute;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>All of the machines or none: what was made of a part, or for nothing, is gone before the answer.</summary>
public sealed class UndoTests : GcpTest
{
    [Fact]
    public async Task A_gang_of_which_a_part_is_to_be_had_leaves_nothing()
    {
        Server.Zones["us-central1-a"].Capacity = 2;

        MakeFailure failure = await FailAsync(Request(count: 4), At("us-central1-a"));

        Assert.Equal((ProvisioningFailure.Capacity, "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"), (failure.Failure, failure.Code));
    }

    [Fact]
    public async Task A_gang_of_which_one_is_refused_leaves_nothing()
    {
        Server.SlowWaits = 3;
        Server.HidesUntilDone = true;
        Server.FailNext("instances.insert", new ComputeRefusalException(403, "quotaExceeded", "Quota 'IN_USE_ADDRESSES' exceeded. Limit: 3.0"));

        Assert.Equal(ProvisioningFailure.Quota, (await FailAsync(Request(count: 4), At("us-central1-a"))).Failure);
        Server.FinishOperations();
        Assert.Empty(Server.Instances);
    }

    [Theory]
    [InlineData("TERMINATED", true, "PREEMPTED")]
    [InlineData("STOPPING", true, "PREEMPTED")]
    [InlineData("STOPPING", false, "ENDED")]
    [InlineData(null, true, "PREEMPTED")]
    public async Task A_machine_that_is_taken_back_while_it_starts_is_one_that_was_never_to_be_had(string? status, bool isSpot, string code)
    {
        Server.StartingLooks = 5;
        Server.Zones["us-central1-a"].KillNext(status);

        MakeFailure failure = await FailAsync(Request(count: 2), At("us-central1-a", isSpot));

        Assert.Equal((ProvisioningFailure.Capacity, code), (failure.Failure, failure.Code));
    }

    [Fact]
    public async Task A_machine_that_does_not_start_is_given_back()
    {
        Server.StartingLooks = int.MaxValue;
        await using GcpCloud cloud = NewCloud(Options, Quick with { StartLimit = TimeSpan.FromMilliseconds(100) });

        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await cloud.TryMakeAsync(Request(), At("us-central1-a"), Token);

        Assert.Equal((ProvisioningFailure.Capacity, "StartTimeout"), (outcome.Failure!.Failure, outcome.Failure.Code));
        Assert.Empty(Server.Instances);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_stops_waiting_leaves_nothing_also_of_what_is_not_there_yet(bool isHidden)
    {
        Server.SlowWaits = 10;
        Server.HidesUntilDone = isHidden;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Server.Before = request => request.Action == "zoneOperations.wait" && Server.Of("instances.delete").Count == 0 ? stop.CancelAsync() : Task.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cloud.TryMakeAsync(Request(count: 2), At("us-central1-a"), stop.Token));

        Assert.NotEmpty(Server.Of("instances.insert"));
        Server.FinishOperations();
        Assert.Empty(Server.Instances);
    }

    [Fact]
    public async Task What_cannot_be_undone_is_said()
    {
        Server.Zones["us-central1-a"].KillNext("TERMINATED");
        Server.FailNext("instances.delete", ComputeRefusalException.Denied("compute.instances.delete", "projects/tests"));

        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await Cloud.TryMakeAsync(Request(), At("us-central1-a"), Token);

        Assert.Contains($"{Assert.Single(Server.Instances).Name}, may be left: IAM_PERMISSION_DENIED", outcome.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("runhouse-lease=l-1", outcome.Failure.Message, StringComparison.Ordinal);
    }
}
