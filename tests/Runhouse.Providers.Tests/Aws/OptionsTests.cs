using Microsoft.Extensions.Configuration;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>The section <c>Runhouse:Aws</c>.</summary>
public sealed class OptionsTests : AwsTest
{
    [Fact]
    public async Task The_provider_is_made_from_its_section()
    {
        await using AwsCloud cloud = AwsCloud.Create(Context(new() { ["serviceurl"] = Ec2.Url, ["Regions"] = "us-east-1, eu-west-1", ["AllowFrom:0"] = "203.0.113.0/24", ["InstanceProfile"] = "worker" }));

        Assert.Null((await cloud.TryMakeAsync(Request(), At("use1-az1"), Token)).Failure);

        Assert.Equal("aws", cloud.Name);
        Assert.Equal("worker", Ec2.Of("RunInstances")[0]["IamInstanceProfile.Name"]);
        Assert.Equal([("tcp", 22, 22, "203.0.113.0/24")], UsEast.Groups[0].Ingress);
        Assert.Single(await cloud.FindAsync("ada", Token));
        Assert.Empty(Ec2.Of("DescribeRegions"));
    }

    [Theory]
    [InlineData("Subnets", "subnet-1", "Runhouse:Aws:Subnets is not a key of the provider aws. The keys are AllowFrom, ImageId, ")]
    [InlineData("AllowFrom", "everywhere", "Runhouse:Aws:AllowFrom = \"everywhere\" is not allowed. Write networks such as 203.0.113.0/24")]
    [InlineData("ServiceUrl", "ec2", "Runhouse:Aws:ServiceUrl = \"ec2\" is not allowed. Write an address that begins with https://")]
    [InlineData("UsePrivateAddress", "perhaps", "Runhouse:Aws:UsePrivateAddress = \"perhaps\" is not allowed. Write true or false.")]
    public void What_is_not_understood_is_an_error(string key, string value, string message)
        => Assert.StartsWith(message, Assert.Throws<RunhouseConfigurationException>(() => AwsCloud.Create(Context(new() { [key] = value }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Machines_can_be_in_subnets_of_ones_own_without_a_public_address_and_from_an_image_of_ones_own()
    {
        FakeZone zone = UsEast.Zone("use1-az2");
        UsEast.Subnets.Add(new FakeSubnet("subnet-mine", "vpc-mine", zone, IsDefault: false));
        UsEast.Images.Add(new FakeImage("ami-mine", "mine", "self", "x86_64", "2020-01-01T00:00:00.000Z", RootDevice: "/dev/xvda"));
        await using AwsCloud cloud = NewCloud(Options with { SubnetIds = ["subnet-mine", "subnet-elsewhere"], ImageId = "ami-mine", UsePrivateAddress = true, InstanceProfile = "arn:aws:iam::123456789012:instance-profile/worker" });

        LeasedMachine machine = Assert.Single((await cloud.TryMakeAsync(Request(), At("use1-az2"), Token)).Machines!);

        Assert.Equal("172.31.0.4", machine.Address);
        Ec2Request run = Ec2.Of("RunInstances")[0];
        Assert.Equal(("subnet-mine", "false", "ami-mine", "/dev/xvda"), (run["NetworkInterface.1.SubnetId"], run["NetworkInterface.1.AssociatePublicIpAddress"], run["ImageId"], run["BlockDeviceMapping.1.DeviceName"]));
        Assert.Equal("arn:aws:iam::123456789012:instance-profile/worker", run["IamInstanceProfile.Arn"]);
        Assert.Equal("vpc-mine", Assert.Single(UsEast.Groups).Vpc);
    }

    [Fact]
    public async Task Machines_can_be_in_a_vpc_of_ones_own()
    {
        UsEast.Subnets.Add(new FakeSubnet("subnet-mine", "vpc-mine", UsEast.Zone("use1-az2"), IsDefault: false));
        await using AwsCloud cloud = NewCloud(Options with { Vpc = "vpc-mine" });

        Assert.Null((await cloud.TryMakeAsync(Request(), At("use1-az2"), Token)).Failure);

        Assert.Equal("subnet-mine", Ec2.Of("RunInstances")[0]["NetworkInterface.1.SubnetId"]);
    }

    private static CloudContext Context(Dictionary<string, string?> values) => new(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), TimeProvider.System);
}
