using Runhouse.Providers.Compute;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Machines are given back when Compute Engine has them no more.</summary>
public sealed class EndTests : GcpTest
{
    [Fact]
    public async Task A_machine_is_given_back_when_it_is_gone_and_others_stay()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 3), At("us-central1-a"));
        Server.SlowWaits = 3;

        await Cloud.EndAsync([machines[0], machines[2]], Token);

        Assert.Equal(machines[1].Id, Assert.Single(Server.Instances).Name);
    }

    [Fact]
    public async Task One_that_is_gone_already_is_no_error()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 2), At("us-central1-a"));
        await Cloud.EndAsync([machines[0]], Token);

        await Cloud.EndAsync(machines, Token);

        Assert.Empty(Server.Instances);
    }

    [Fact]
    public async Task One_that_has_shut_itself_down_is_still_there_and_can_be_given_back()
    {
        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        Server.ShutDown(Server.Instance(machine.Id));

        LeasedMachine stopped = Assert.Single(await Cloud.FindLeaseAsync("us-central1", "l-1", Token));
        Assert.Equal(MachineState.Stopped, stopped.State);

        await Cloud.EndAsync([stopped], Token);
        Assert.Empty(Server.Instances);
    }

    [Theory]
    [InlineData("instances.delete")]
    [InlineData("zoneOperations.wait")]
    [InlineData("instances.get")]
    public async Task Lost_answers_and_outages_do_not_keep_a_machine(string action)
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        Server.CutNext(action);
        for (int times = 0; times < 6; times++)
            Server.FailNext(action, new ComputeRefusalException(503, "backendError", "Backend Error"));

        await Cloud.EndAsync(machines, Token);

        Assert.Empty(Server.Instances);
    }

    [Fact]
    public async Task One_that_is_being_changed_is_given_back_when_it_can_be()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        for (int times = 0; times < 6; times++)
            Server.FailNext("instances.delete", new ComputeRefusalException(400, "resourceNotReady", "The resource is not ready"));

        await Cloud.EndAsync(machines, Token);

        Assert.Empty(Server.Instances);
    }

    [Fact]
    public async Task Credentials_that_do_not_allow_it_are_an_error_that_names_the_machine()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        Server.Allowed = new HashSet<string>();

        CredentialsException error = await Assert.ThrowsAsync<CredentialsException>(() => Cloud.EndAsync(machines, Token));

        Assert.Contains(machines[0].Id, error.Message, StringComparison.Ordinal);
        Assert.Contains("compute.instances.delete", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_go_is_an_error()
    {
        await using GcpCloud cloud = NewCloud(Options, Quick with { EndLimit = TimeSpan.FromMilliseconds(100) });
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(), At("us-central1-a"));
        Server.SlowWaits = int.MaxValue;

        HostUnreachableException error = await Assert.ThrowsAsync<HostUnreachableException>(() => cloud.EndAsync(machines, Token));

        Assert.Contains("is not known to be gone", error.Message, StringComparison.Ordinal);
    }
}
