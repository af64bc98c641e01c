using Runhouse.Providers.Compute;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Machines stop and start where they are, all of them or none.</summary>
public sealed class PowerTests : GcpTest
{
    [Fact]
    public async Task Stopped_machines_start_with_other_addresses()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 3), At("us-central1-a"));
        Server.SlowWaits = 1;

        await Cloud.StopAsync(machines, Token);
        Assert.All(await Cloud.FindAsync("ada", Token), static one => Assert.Equal(MachineState.Stopped, one.State));
        await Cloud.StopAsync(machines, Token);
        IReadOnlyList<LeasedMachine> started = await StartAsync(machines);

        Assert.Equal(machines.Select(static one => one.Id), started.Select(static one => one.Id));
        Assert.All(started, static one => Assert.Equal(MachineState.Running, one.State));
        Assert.Empty(machines.Select(static one => one.Address).Intersect(started.Select(static one => one.Address)));
        Assert.Equal(started.Select(static one => one.Address), (await StartAsync(machines)).Select(static one => one.Address));
    }

    [Fact]
    public async Task Without_room_for_one_of_them_the_others_are_stopped_again()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 3), At("us-central1-a"));
        await Cloud.StopAsync(machines, Token);
        Server.Zones["us-central1-a"].Capacity = 2;

        MakeFailure failure = (await Cloud.TryStartAsync(machines, Token)).Failure!;

        Assert.Equal((ProvisioningFailure.Capacity, "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"), (failure.Failure, failure.Code));
        Assert.All(await Cloud.FindAsync("ada", Token), static one => Assert.Equal(MachineState.Stopped, one.State));
    }

    [Fact]
    public async Task A_machine_that_stops_while_it_starts_or_is_gone_is_a_failure()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        await Cloud.StopAsync(machines, Token);
        Server.Zones["us-central1-a"].KillNext("TERMINATED");
        MakeFailure ended = await FailedAsync(machines);
        Assert.Equal((ProvisioningFailure.Capacity, "ENDED"), (ended.Failure, ended.Code));

        await Cloud.EndAsync(machines, Token);
        MakeFailure gone = await FailedAsync(machines);
        Assert.Equal((ProvisioningFailure.Configuration, "notFound"), (gone.Failure, gone.Code));
        await Cloud.StopAsync(machines, Token);
    }

    [Fact]
    public async Task Answers_that_are_lost_are_asked_for_again()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        Server.CutNext("instances.stop", 2);
        await Cloud.StopAsync(machines, Token);
        Server.CutNext("instances.start", 2);
        Assert.Single(await StartAsync(machines));
    }

    [Fact]
    public async Task A_limit_stops_machines_that_keep_their_disks_and_deletes_others()
    {
        LeaseRequest limited = Request() with { Longest = TimeSpan.FromHours(1) };
        await MakeAsync(limited, At("us-central1-a"));
        await MakeAsync(limited with { Lease = "l-2", KeepsDisk = true }, At("us-central1-a"));
        Assert.Equal(["DELETE", "STOP"], Server.Of("instances.insert").Select(static one => one["scheduling.instanceTerminationAction"]));
    }

    [Fact]
    public async Task A_refusal_is_an_error_that_names_the_machine()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        Server.FailNext("instances.stop", ComputeRefusalException.Denied("compute.instances.stop", "projects/tests"));
        CredentialsException refused = await Assert.ThrowsAsync<CredentialsException>(() => Cloud.StopAsync(machines, Token));
        Assert.StartsWith($"The machine {machines[0].Id} of gcp in us-central1-a is not known to have stopped: IAM_PERMISSION_DENIED", refused.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<LeasedMachine>> StartAsync(IReadOnlyList<LeasedMachine> machines)
    {
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await Cloud.TryStartAsync(machines, Token);
        Assert.Null(outcome.Failure);
        return outcome.Machines!;
    }

    private async Task<MakeFailure> FailedAsync(IReadOnlyList<LeasedMachine> machines) => (await Cloud.TryStartAsync(machines, Token)).Failure!;
}
