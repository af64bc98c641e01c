using Runhouse.Providers.Ec2;

namespace Runhouse.Providers.Aws;

/// <summary>One security group for each VPC and set of ports, however many callers want it at once.</summary>
public sealed class SecurityGroupTests : AwsTest
{
    [Fact]
    public async Task It_opens_the_callers_ports_and_nothing_else_and_is_made_once()
    {
        await MakeAsync(Request() with { OpenPorts = [8080, 22] }, At("use1-az1"));
        await MakeAsync(Request(token: "t-2") with { OpenPorts = [22, 8080] }, At("use1-az2"));
        await MakeAsync(Request(token: "t-3"), At("use1-az1"));

        Assert.Equal(2, UsEast.Groups.Count);
        Assert.Equal([("tcp", 22, 22, "0.0.0.0/0"), ("tcp", 8080, 8080, "0.0.0.0/0")], UsEast.Groups[0].Ingress.Order());
        Assert.Equal([("tcp", 22, 22, "0.0.0.0/0")], UsEast.Groups[1].Ingress);
        Assert.Equal("22-8080", UsEast.Groups[0].Tags["runhouse-ports"]);
        Assert.Equal([UsEast.Groups[0].Id, UsEast.Groups[0].Id, UsEast.Groups[1].Id], Ec2.Of("RunInstances").Select(static run => run["NetworkInterface.1.SecurityGroupId.1"]));
    }

    [Fact]
    public async Task Callers_from_other_networks_have_another_group()
    {
        await MakeAsync(Request(), At("use1-az1"));
        await using AwsCloud office = NewCloud(Options with { AllowFrom = ["203.0.113.0/24", "2001:db8::/32"] });
        await office.TryMakeAsync(Request(token: "t-2"), At("use1-az1"), Token);

        Assert.Equal([("tcp", 22, 22, "2001:db8::/32"), ("tcp", 22, 22, "203.0.113.0/24")], UsEast.Groups[1].Ingress.Order());
    }

    [Fact]
    public async Task Two_callers_that_find_none_at_the_same_time_share_the_one_that_is_made_first()
    {
        // Both have looked before either makes it.
        var areReady = new TaskCompletionSource();
        int makers = 0;
        Ec2.Before = async request =>
        {
            if (request.Action != "CreateSecurityGroup")
                return;
            if (Interlocked.Increment(ref makers) == 2)
                areReady.SetResult();
            await areReady.Task;
        };
        await using AwsCloud other = NewCloud(Options);

        var made = await Task.WhenAll(Cloud.TryMakeAsync(Request(), At("use1-az1"), Token), other.TryMakeAsync(Request(token: "t-2"), At("use1-az1"), Token));

        Assert.All(made, static one => Assert.Null(one.Failure));
        Assert.Equal([("tcp", 22, 22, "0.0.0.0/0")], Assert.Single(UsEast.Groups).Ingress);
        Assert.Equal(2, Ec2.Of("CreateSecurityGroup").Count);
    }

    [Fact]
    public async Task One_whose_maker_did_not_come_to_open_its_ports_is_completed()
    {
        await MakeAsync(Request(), At("use1-az1"));
        Assert.Single(UsEast.Groups).Ingress.Clear();
        await using AwsCloud other = NewCloud(Options);

        await other.TryMakeAsync(Request(token: "t-2"), At("use1-az1"), Token);

        Assert.Equal([("tcp", 22, 22, "0.0.0.0/0")], UsEast.Groups[0].Ingress);
    }

    [Fact]
    public async Task One_that_is_not_known_everywhere_yet_is_waited_for()
    {
        Ec2.FailNext("AuthorizeSecurityGroupIngress", new Ec2Exception("InvalidGroup.NotFound", "The security group does not exist"));
        await MakeAsync(Request(), At("use1-az1"));
        Assert.Single(Assert.Single(UsEast.Groups).Ingress);
    }

    [Fact]
    public async Task The_one_that_the_options_name_is_taken_as_it_is()
    {
        UsEast.Groups.Add(new FakeGroup { Id = "sg-mine", Name = "mine", Vpc = FakeRegion.DefaultVpc, Tags = [] });
        await using AwsCloud cloud = NewCloud(Options with { SecurityGroup = "sg-mine" });

        Assert.Null((await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure);

        Assert.Empty(Ec2.Of("CreateSecurityGroup"));
        Assert.Empty(UsEast.Groups[0].Ingress);
    }
}
