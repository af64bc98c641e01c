using Runhouse.Providers.Compute;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Machines are found by their labels, in all zones; a zone that does not answer is no empty one.</summary>
public sealed class FindTests : GcpTest
{
    [Fact]
    public async Task Machines_are_found_by_owner_and_by_lease_over_all_pages_and_zones()
    {
        await MakeAsync(Request(count: 3), At("us-central1-a"));
        await MakeAsync(Request(count: 2, token: "t-2", lease: "l-2"), At("europe-west4-c", region: "europe-west4"));
        await MakeAsync(Request(token: "t-3", lease: "l-3") with { Owner = "bob" }, At("us-east5-a", region: "us-east5"));
        Server.PageSize = 2;

        Assert.Equal([("l-1", 0), ("l-1", 1), ("l-1", 2), ("l-2", 0), ("l-2", 1)], (await Cloud.FindAsync("ada", Token)).Select(static one => (one.Lease, one.Index)));
        Assert.Equal(["l-1", "l-2", "l-3"], (await Cloud.FindAsync(null, Token)).Select(static one => one.Lease).Distinct());
        Assert.Equal(2, (await Cloud.FindLeaseAsync("europe-west4", "l-2", Token)).Count);
        Assert.Empty(await Cloud.FindLeaseAsync("us-central1", "l-2", Token));
        Assert.Empty(await Cloud.FindAsync("nobody", Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_zone_that_does_not_answer_is_an_error_and_not_an_empty_list(bool isWarning)
    {
        await MakeAsync(Request(), At("us-central1-a"));
        Server.WarnsInScope = isWarning;
        Server.Zones["us-central1-a"].IsUnreachable = true;

        HostUnreachableException error = await Assert.ThrowsAsync<HostUnreachableException>(() => Cloud.FindAsync("ada", Token));
        await Assert.ThrowsAsync<HostUnreachableException>(() => Cloud.FindLeaseAsync("us-central1", "l-1", Token));

        Assert.Contains("us-central1-a did not answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_is_found_although_a_zone_of_another_region_does_not_answer()
    {
        await MakeAsync(Request(), At("us-central1-a"));
        Server.Zones["europe-west4-a"].IsUnreachable = true;

        Assert.Single(await Cloud.FindLeaseAsync("us-central1", "l-1", Token));
    }

    [Theory]
    [InlineData("PROVISIONING", MachineState.Starting)]
    [InlineData("RUNNING", MachineState.Running)]
    [InlineData("STOPPING", MachineState.Stopping)]
    [InlineData("SUSPENDED", MachineState.Stopped)]
    [InlineData("TERMINATED", MachineState.Stopped)]
    public async Task A_machine_is_listed_as_long_as_it_is_paid_for(string status, MachineState state)
    {
        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        Server.Instance(machine.Id).Status = status;

        Assert.Equal(state, Assert.Single(await Cloud.FindAsync("ada", Token)).State);
    }

    [Fact]
    public async Task Answers_that_are_late_or_lost_are_asked_for_again()
    {
        await MakeAsync(Request(), At("us-central1-a"));
        Server.FailNext("instances.aggregatedList", new ComputeRefusalException(403, "rateLimitExceeded", "Rate Limit Exceeded"));
        Server.FailNext("instances.aggregatedList", new ComputeRefusalException(503, "backendError", "Backend Error"));

        Assert.Single(await Cloud.FindAsync("ada", Token));
    }

    [Fact]
    public async Task The_account_is_the_project()
    {
        Assert.Equal(FakeCompute.Project, await Cloud.GetAccountAsync(Token));
        await using GcpCloud other = NewCloud(Options with { Project = "of-others" });
        Assert.Equal("of-others", await other.GetAccountAsync(Token));
    }

    [Fact]
    public async Task Credentials_that_are_refused_are_an_error_that_says_so()
    {
        Server.TokenError = "Account has been deleted";

        CredentialsException error = await Assert.ThrowsAsync<CredentialsException>(() => Cloud.FindAsync("ada", Token));

        Assert.Contains("Account has been deleted", error.Message, StringComparison.Ordinal);
    }
}
