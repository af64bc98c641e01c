using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Aws;

/// <summary>What EC2's errors are to the choice of machines.</summary>
public sealed class FailureTests : AwsTest
{
    [Theory]
    [InlineData("InsufficientInstanceCapacity", 500, ProvisioningFailure.Capacity)]
    [InlineData("InsufficientHostCapacity", 400, ProvisioningFailure.Capacity)]
    [InlineData("InsufficientReservedInstanceCapacity", 400, ProvisioningFailure.Capacity)]
    [InlineData("InsufficientFreeAddressesInSubnet", 400, ProvisioningFailure.Capacity)]
    [InlineData("SpotMaxPriceTooLow", 400, ProvisioningFailure.Capacity)]
    [InlineData("VcpuLimitExceeded", 400, ProvisioningFailure.Quota)]
    [InlineData("InstanceLimitExceeded", 400, ProvisioningFailure.Quota)]
    [InlineData("MaxSpotInstanceCountExceeded", 400, ProvisioningFailure.Quota)]
    [InlineData("VolumeLimitExceeded", 400, ProvisioningFailure.Quota)]
    [InlineData("PendingVerification", 400, ProvisioningFailure.Quota)]
    [InlineData("UnauthorizedOperation", 403, ProvisioningFailure.Authentication)]
    [InlineData("AuthFailure", 401, ProvisioningFailure.Authentication)]
    [InlineData("AuthFailure.ServiceLinkedRoleCreationNotPermitted", 403, ProvisioningFailure.Authentication)]
    [InlineData("InvalidClientTokenId", 403, ProvisioningFailure.Authentication)]
    [InlineData("ExpiredToken", 400, ProvisioningFailure.Authentication)]
    [InlineData("OptInRequired", 401, ProvisioningFailure.Authentication)]
    [InlineData("Unsupported", 400, ProvisioningFailure.Unsupported)]
    [InlineData("InvalidParameterCombination", 400, ProvisioningFailure.Unsupported)]
    [InlineData("RequestLimitExceeded", 503, ProvisioningFailure.Throttled)]
    [InlineData("Throttling", 400, ProvisioningFailure.Throttled)]
    [InlineData("ServiceUnavailable", 503, ProvisioningFailure.Throttled)]
    [InlineData("InternalError", 500, ProvisioningFailure.Throttled)]
    [InlineData("SomethingNew", 500, ProvisioningFailure.Throttled)]
    [InlineData("InvalidParameterValue", 400, ProvisioningFailure.Configuration)]
    [InlineData("SomethingNew", 400, ProvisioningFailure.Configuration)]
    public async Task An_error_of_the_create_call_is_of_its_class(string code, int status, ProvisioningFailure failure)
    {
        Ec2.FailNext("RunInstances", new Ec2Exception(code, "EC2 says no.", status));

        MakeFailure answer = await FailAsync(Request(), At("use1-az1"));

        Assert.Equal(new MakeFailure(failure, code, "EC2 says no."), answer);
        Assert.Single(Ec2.Of("RunInstances"));
        Assert.Empty(UsEast.Instances);
    }

    [Theory]
    [InlineData("Unsupported", "Your requested instance type (p5.48xlarge) is not supported in your requested Availability Zone (us-east-1e).", ProvisioningFailure.Capacity)]
    [InlineData("InvalidParameterValue", "Invalid value 'p9.large' for the instance type.", ProvisioningFailure.Unsupported)]
    public async Task What_a_code_means_is_in_its_message_where_EC2_uses_it_for_two_things(string code, string message, ProvisioningFailure failure)
    {
        Ec2.FailNext("RunInstances", new Ec2Exception(code, message));
        Assert.Equal(failure, (await FailAsync(Request(), At("use1-az5", type: "p5.48xlarge", gpu: "H100:8"))).Failure);
    }

    [Fact]
    public async Task What_is_not_allowed_is_named_without_its_encoded_part()
    {
        Ec2.Allowed = new HashSet<string> { "DescribeImages", "DescribeSubnets", "DescribeSecurityGroups", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "CreateTags" };

        MakeFailure answer = await FailAsync(Request(), At("use1-az1"));

        Assert.Equal(ProvisioningFailure.Authentication, answer.Failure);
        Assert.EndsWith("is not authorized to perform: ec2:RunInstances.", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AuthFailure", "AWS was not able to validate the provided access credentials", "a region that is not enabled")]
    [InlineData("RequestExpired", "Request has expired.", "clock")]
    public async Task What_EC2_says_too_shortly_is_explained(string code, string message, string hint)
    {
        Ec2.FailNext("RunInstances", new Ec2Exception(code, message));
        MakeFailure answer = await FailAsync(Request(), At("use1-az1"));
        Assert.Equal(ProvisioningFailure.Authentication, answer.Failure);
        Assert.Contains(hint, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_EC2_says_after_how_long_it_wants_to_be_asked_again_the_failure_does()
    {
        Ec2.FailNext("RunInstances", new Ec2Exception("RequestLimitExceeded", "Request limit exceeded.", 503) { RetryAfter = 7 });
        Assert.Equal(TimeSpan.FromSeconds(7), (await FailAsync(Request(), At("use1-az1"))).RetryAfter);
    }

    [Fact]
    public async Task Without_credentials_nothing_is_asked()
    {
        await using AwsCloud cloud = NewCloud(Options with { Profile = "none-of-that-name" });

        MakeFailure answer = (await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure!;

        Assert.Equal((ProvisioningFailure.Authentication, "NoCredentials"), (answer.Failure, answer.Code));
        Assert.Contains("none-of-that-name", answer.Message, StringComparison.Ordinal);
        Assert.Empty(Ec2.Requests);
        Assert.Contains("'aws sso login'", await cloud.FindObstacleAsync(Token), StringComparison.Ordinal);
        Assert.Null(await Cloud.FindObstacleAsync(Token));
        Assert.Empty(Ec2.Requests);
    }

    [Fact]
    public async Task Where_nobody_listens_it_is_asked_again_later()
    {
        await using AwsCloud cloud = NewCloud(Options with { ServiceUrl = "http://127.0.0.1:1" });

        MakeFailure answer = (await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure!;

        Assert.Equal((ProvisioningFailure.Throttled, "NoConnection"), (answer.Failure, answer.Code));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_asked_again_later()
    {
        var never = new TaskCompletionSource();
        Ec2.Before = request => request.Action == "DescribeImages" ? never.Task : Task.CompletedTask;
        await using AwsCloud cloud = NewCloud(Options, Quick with { RequestTimeout = TimeSpan.FromMilliseconds(50), Tries = 2 });

        MakeFailure answer = (await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure!;

        never.SetResult();
        Assert.Equal((ProvisioningFailure.Throttled, "NoAnswer"), (answer.Failure, answer.Code));
    }

    [Fact]
    public async Task Requests_that_change_nothing_are_sent_again_when_EC2_says_later()
    {
        foreach (string action in (string[])["DescribeImages", "DescribeSubnets", "DescribeSecurityGroups", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "DescribeInstances"])
        {
            Ec2.FailNext(action, new Ec2Exception("RequestLimitExceeded", "Request limit exceeded.", 503));
            Ec2.FailNext(action, new Ec2Exception("InternalError", "An internal error has occurred", 500));
        }

        Assert.Single(await MakeAsync(Request(), At("use1-az1")));
        Assert.Equal(3, Ec2.Of("DescribeImages").Count);
    }

    [Fact]
    public async Task A_region_that_is_not_used_is_not_asked()
    {
        await using AwsCloud cloud = NewCloud(Options with { Regions = ["eu-west-1"] });
        MakeFailure answer = (await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure!;
        Assert.Equal((ProvisioningFailure.Unsupported, "RegionNotUsed"), (answer.Failure, answer.Code));
        Assert.Empty(Ec2.Requests);
    }

    [Fact]
    public async Task What_a_region_or_a_zone_lacks_is_said_without_asking_for_machines()
    {
        UsEast.Subnets.RemoveAll(static subnet => subnet.Zone.Id == "use1-az3");
        Ec2.Regions["us-east-2"].Subnets.Clear();
        Ec2.Regions["eu-west-1"].Images.Clear();

        MakeFailure zone = await FailAsync(Request(), At("use1-az3"));
        MakeFailure region = await FailAsync(Request(), At("use2-az1", region: "us-east-2"));
        MakeFailure image = await FailAsync(Request(), At("euw1-az1", region: "eu-west-1"));

        Assert.Equal((ProvisioningFailure.Capacity, "NoSubnetInZone"), (zone.Failure, zone.Code));
        Assert.Contains("there are some in use1-az1, use1-az2, use1-az4", zone.Message, StringComparison.Ordinal);
        Assert.Equal((ProvisioningFailure.Unsupported, "NoSubnet"), (region.Failure, region.Code));
        Assert.Contains("create-default-vpc", region.Message, StringComparison.Ordinal);
        Assert.Equal((ProvisioningFailure.Unsupported, "NoImage"), (image.Failure, image.Code));
        Assert.Contains("Runhouse:Aws:ImageId", image.Message, StringComparison.Ordinal);
        Assert.Empty(Ec2.Of("RunInstances"));
    }

    [Fact]
    public async Task What_was_found_and_has_been_deleted_since_is_found_anew()
    {
        await MakeAsync(Request(), At("use1-az1"));
        UsEast.Images.RemoveAll(static image => image.Id == "ami-0plain");
        Assert.Single(await MakeAsync(Request(token: "t-2"), At("use1-az1")));
        UsEast.Groups.Clear();
        Assert.Single(await MakeAsync(Request(token: "t-3"), At("use1-az1")));

        Assert.Equal("ami-0plainold", Ec2.Of("RunInstances")[^1]["ImageId"]);
        Assert.Single(UsEast.Groups);
    }
}
