using Runhouse.Providers.Compute;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>The same request again: nothing is made twice, and what was undone does not stand in the way.</summary>
public sealed class AgainTests : GcpTest
{
    [Fact]
    public async Task The_same_request_again_gives_the_machine_that_is_there()
    {
        LeasedMachine first = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        Assert.Equal(first, Assert.Single(await MakeAsync(Request(), At("us-central1-a"))));

        // By a process that knows nothing of the first.
        await using GcpCloud other = NewCloud(Options);
        Assert.Equal(first, Assert.Single(await MakeAsync(other, Request(), At("us-central1-a"))));
        Assert.Single(Server.Instances);
        Assert.Single(Server.Of("instances.insert").Select(static insert => insert.Query["requestId"]).Distinct());
    }

    [Fact]
    public async Task A_machine_that_was_made_under_a_request_id_that_is_forgotten_is_found_by_its_name()
    {
        LeasedMachine first = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        Server.ForgetRequestIds();

        Assert.Equal(first, Assert.Single(await MakeAsync(Request(), At("us-central1-a"))));
        Assert.Single(Server.Instances);
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_with_the_same_request_id()
    {
        Server.CutNext("instances.insert", times: 2);

        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));

        Assert.Equal(machine.Id, Assert.Single(Server.Instances).Name);
        Assert.Equal(3, Server.Of("instances.insert").Count);
        Assert.Single(Server.Of("instances.insert").Select(static insert => insert.Query["requestId"]).Distinct());
    }

    [Fact]
    public async Task When_all_answers_are_lost_what_was_made_is_undone()
    {
        Server.CutNext("instances.insert", times: 100);

        Assert.Equal(ProvisioningFailure.Throttled, (await FailAsync(Request(), At("us-central1-a"))).Failure);
        Assert.NotEmpty(Server.Of("instances.delete"));

        Server.CutNext("instances.insert", times: 0);
        await MakeAsync(Request(), At("us-central1-a"));
    }

    [Theory]
    [InlineData("images.getFromFamily")]
    [InlineData("firewalls.get")]
    [InlineData("firewalls.insert")]
    [InlineData("zoneOperations.wait")]
    [InlineData("globalOperations.wait")]
    [InlineData("instances.get")]
    public async Task Other_lost_answers_are_asked_for_again(string action)
    {
        Server.CutNext(action, times: 2);

        await MakeAsync(Request(), At("us-central1-a"));

        Assert.Single(Server.Instances);
        Assert.Single(Server.Firewalls);
    }

    [Fact]
    public async Task A_request_that_has_failed_is_carried_out_anew_and_not_answered_with_its_old_failure()
    {
        Server.Zones["us-central1-a"].FailNext("RESOURCE_OPERATION_RATE_EXCEEDED", "Operation rate exceeded", 403);
        Assert.Equal(ProvisioningFailure.Throttled, (await FailAsync(Request(), At("us-central1-a"))).Failure);

        await MakeAsync(Request(), At("us-central1-a"));
        Assert.Single(Server.Instances);
    }

    [Fact]
    public async Task Another_candidate_of_the_same_request_is_another_machine()
    {
        LeasedMachine spot = Assert.Single(await MakeAsync(Request(), At("us-central1-a", isSpot: true)));
        LeasedMachine other = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));

        Assert.NotEqual(spot.Id, other.Id);
        Assert.Equal(2, Server.Instances.Count);
    }

    [Fact]
    public async Task An_operation_that_finds_the_machine_there_gives_it()
    {
        LeasedMachine first = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        Server.ForgetRequestIds();
        Server.FindsLate = true;

        Assert.Equal(first, Assert.Single(await MakeAsync(Request(), At("us-central1-a"))));
        Assert.Single(Server.Instances);
    }

    [Fact]
    public async Task A_machine_of_that_name_that_is_gone_when_it_is_looked_at_is_made_anew()
    {
        Server.FailNext("instances.insert", ComputeRefusalException.AlreadyExists("projects/tests/zones/us-central1-a/instances/x"));

        await MakeAsync(Request(), At("us-central1-a"));

        Assert.Single(Server.Instances);
    }

    [Fact]
    public async Task A_machine_of_somebody_else_with_the_same_name_is_left_alone()
    {
        LeasedMachine mine = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        FakeInstance theirs = Server.Instance(mine.Id);
        theirs.Request.Body["labels"]!["runhouse-lease"] = "another";
        Server.ForgetRequestIds();

        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await Cloud.TryMakeAsync(Request(), At("us-central1-a"), Token);

        Assert.Equal((ProvisioningFailure.Configuration, "alreadyExists"), (outcome.Failure!.Failure, outcome.Failure.Code));
        Assert.Same(theirs, Assert.Single(Server.Instances));
    }
}
