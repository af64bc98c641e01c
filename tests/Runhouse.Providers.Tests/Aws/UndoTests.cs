using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>All of a request or none, whatever happens on the way: nothing is left that costs money, and nothing is made twice.</summary>
public sealed class UndoTests : AwsTest
{
    [Theory]
    [InlineData("Server.InsufficientInstanceCapacity", ProvisioningFailure.Capacity)]
    [InlineData("Server.SpotInstanceTermination", ProvisioningFailure.Capacity)]
    [InlineData("Server.InternalError", ProvisioningFailure.Capacity)]
    [InlineData("Client.VolumeLimitExceeded", ProvisioningFailure.Quota)]
    [InlineData("Client.InternalError", ProvisioningFailure.Configuration)]
    [InlineData("Client.InvalidSnapshot.NotFound", ProvisioningFailure.Configuration)]
    public async Task A_machine_that_dies_while_it_starts_is_a_failure_of_its_reasons_class(string code, ProvisioningFailure failure)
    {
        Ec2.PendingLooks = 3;
        UsEast.Zone("use1-az1").KillNext(code, $"{code}: it is over");

        MakeFailure answer = await FailAsync(Request(), At("use1-az1"));

        Assert.Equal((failure, code), (answer.Failure, answer.Code));
        Assert.Contains("it is over", answer.Message, StringComparison.Ordinal);
        Assert.Empty(Ec2.Alive);
    }

    [Fact]
    public async Task A_gang_of_which_one_dies_is_undone_and_gone_before_the_answer()
    {
        Ec2.PendingLooks = 2;
        Ec2.EndingLooks = 3;
        UsEast.Zone("use1-az1").KillNext("Server.InsufficientInstanceCapacity", "Server.InsufficientInstanceCapacity: no more", count: 1);

        MakeFailure answer = await FailAsync(Request(count: 4), At("use1-az1"));

        Assert.Equal(ProvisioningFailure.Capacity, answer.Failure);
        Assert.Equal(4, UsEast.Instances.Count);
        Assert.All(UsEast.Instances, static one => Assert.Equal("terminated", one.State));
    }

    [Fact]
    public async Task A_gang_for_which_there_is_not_enough_is_not_made_in_part()
    {
        UsEast.Zone("use1-az1").Capacity = 3;
        Assert.Equal(ProvisioningFailure.Capacity, (await FailAsync(Request(count: 4), At("use1-az1"))).Failure);
        Assert.Empty(UsEast.Instances);
    }

    [Fact]
    public async Task After_an_undoing_the_same_request_makes_new_machines()
    {
        UsEast.Zone("use1-az1").KillNext("Server.InternalError", "Server.InternalError: once");
        await FailAsync(Request(), At("use1-az1"));

        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("use1-az1")));

        Assert.Equal(machine.Id, Assert.Single(Ec2.Alive).Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_lost_answer_is_asked_for_again_and_makes_nothing_twice(int lost)
    {
        Ec2.CutNext("RunInstances", lost);

        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 2), At("use1-az1"));

        Assert.Equal(UsEast.Instances.Select(static one => one.Id), machines.Select(static one => one.Id));
        Assert.Single(Ec2.Of("RunInstances").Select(static run => run["ClientToken"]).Distinct());
    }

    [Fact]
    public async Task The_same_request_in_another_process_gives_what_the_first_has_made()
    {
        string first = Assert.Single(await MakeAsync(Request(), At("use1-az1"))).Id;
        await using AwsCloud other = NewCloud(Options);

        string second = Assert.Single((await other.TryMakeAsync(Request(), At("use1-az1"), Token)).Machines!).Id;
        string elsewhere = Assert.Single(await MakeAsync(Request(), At("use1-az2"))).Id;

        Assert.Equal(first, second);
        Assert.NotEqual(first, elsewhere);
    }

    [Fact]
    public async Task A_request_that_was_made_before_with_an_older_image_gives_what_it_has_made()
    {
        string first = Assert.Single(await MakeAsync(Request(), At("use1-az1"))).Id;
        UsEast.Images.Add(new FakeImage("ami-0newer", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261120", "099720109477", "x86_64", "2026-11-20T00:00:00.000Z"));
        await using AwsCloud other = NewCloud(Options);

        string second = Assert.Single((await other.TryMakeAsync(Request(), At("use1-az1"), Token)).Machines!).Id;

        Assert.Equal(first, second);
        Assert.Single(UsEast.Instances);
    }

    [Fact]
    public async Task When_every_answer_is_lost_what_was_made_is_ended()
    {
        Ec2.CutNext("RunInstances", 100);

        MakeFailure answer = await FailAsync(Request(), At("use1-az1"));

        Assert.Equal(ProvisioningFailure.Throttled, answer.Failure);
        Assert.Single(UsEast.Instances);
        Assert.Empty(Ec2.Alive);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task When_every_answer_is_lost_what_EC2_does_not_list_yet_is_looked_for_again(int hidden)
    {
        Ec2.CutNext("RunInstances", 100);
        Ec2.HiddenLooks = hidden;

        MakeFailure answer = await FailAsync(Request(count: 2), At("use1-az1"));

        Assert.Equal(ProvisioningFailure.Throttled, answer.Failure);
        Assert.Equal(2, UsEast.Instances.Count);
        Assert.Empty(Ec2.Alive);
    }

    [Fact]
    public async Task What_was_not_made_is_looked_for_three_times_and_no_longer()
    {
        Ec2.FailNext("RunInstances", new Ec2Exception("InternalError", "An internal error has occurred", 500));

        Assert.Equal(ProvisioningFailure.Throttled, (await FailAsync(Request(), At("use1-az1"))).Failure);

        Assert.Equal(3, Ec2.Of("DescribeInstances").Count);
        Assert.Empty(UsEast.Instances);
    }

    [Fact]
    public async Task A_machine_that_EC2_does_not_list_at_once_is_waited_for()
    {
        Ec2.HiddenLooks = 4;
        Assert.Single(await MakeAsync(Request(), At("use1-az1")));
        Assert.Equal(5, Ec2.Of("DescribeInstances").Count);
    }

    [Fact]
    public async Task A_machine_that_does_not_start_in_time_is_ended_even_where_EC2_does_not_know_it_yet()
    {
        Ec2.HiddenLooks = 8;
        await using AwsCloud cloud = NewCloud(Options, Quick with { StartLimit = TimeSpan.Zero });

        MakeFailure answer = (await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure!;

        Assert.Equal((ProvisioningFailure.Capacity, "StartTimeout"), (answer.Failure, answer.Code));
        Assert.Equal("terminated", Assert.Single(UsEast.Instances).State);
    }

    [Fact]
    public async Task When_the_caller_gives_up_while_machines_start_they_are_ended()
    {
        using var cancelled = new CancellationTokenSource();
        Ec2.PendingLooks = int.MaxValue;
        Ec2.Before = request =>
        {
            if (Ec2.Of("DescribeInstances").Count == 3)
                cancelled.Cancel();
            return Task.CompletedTask;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cloud.TryMakeAsync(Request(count: 2), At("use1-az1"), cancelled.Token));

        Assert.Equal(2, UsEast.Instances.Count);
        Assert.Empty(Ec2.Alive);
    }

    [Fact]
    public async Task When_the_caller_gives_up_while_machines_are_asked_for_they_are_ended()
    {
        using var cancelled = new CancellationTokenSource();
        Ec2.Before = request => request.Action == "RunInstances" ? cancelled.CancelAsync() : Task.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cloud.TryMakeAsync(Request(), At("use1-az1"), cancelled.Token));

        Assert.Single(UsEast.Instances);
        Assert.Empty(Ec2.Alive);
    }

    [Fact]
    public async Task What_cannot_be_undone_is_named()
    {
        UsEast.Zone("use1-az1").KillNext("Server.InternalError", "Server.InternalError: one of them", count: 1);
        Ec2.Allowed = new HashSet<string> { "DescribeImages", "DescribeSubnets", "DescribeSecurityGroups", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "RunInstances", "DescribeInstances", "CreateTags" };

        MakeFailure answer = await FailAsync(Request(count: 2), At("use1-az1"));

        FakeInstance left = Assert.Single(Ec2.Alive);
        Assert.Equal("Server.InternalError", answer.Code);
        Assert.Contains(left.Id, answer.Message, StringComparison.Ordinal);
        Assert.Contains("UnauthorizedOperation", answer.Message, StringComparison.Ordinal);
        Assert.EndsWith("They have the tag runhouse-lease=l-1", answer.Message, StringComparison.Ordinal);
    }
}
