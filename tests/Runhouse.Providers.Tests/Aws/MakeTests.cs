using System.Runtime.InteropServices;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>What is made, and with what.</summary>
public sealed class MakeTests : AwsTest
{
    [Fact]
    public async Task A_machine_runs_has_an_address_and_carries_its_lease()
    {
        Ec2.PendingLooks = 2;

        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("use1-az4")));

        FakeInstance instance = Assert.Single(UsEast.Instances);
        Assert.Equal((instance.Id, "aws", "us-east-1", "use1-az4", "m7i.large", false), (machine.Id, machine.Provider, machine.Region, machine.Zone, machine.InstanceType, machine.IsSpot));
        Assert.Equal((MachineState.Running, instance.Address, 0, "ada", "train", "l-1"), (machine.State, machine.Address, machine.Index, machine.Owner, machine.Cluster, machine.Lease));
        Assert.InRange(machine.StartedAt, instance.StartedAt.AddSeconds(-1), instance.StartedAt.AddSeconds(1));
        Assert.Equal("#cloud-config\n{}", instance.UserData);
    }

    [Fact]
    public async Task What_is_made_ends_with_a_shut_down_asks_for_metadata_by_token_and_has_tags_on_its_disk_too()
    {
        await MakeAsync(Request(), At("use1-az1"));

        Ec2Request run = Assert.Single(Ec2.Of("RunInstances"));
        Assert.Equal("terminate", run["InstanceInitiatedShutdownBehavior"]);
        Assert.Equal("required", run["MetadataOptions.HttpTokens"]);
        Assert.Equal(("/dev/sda1", "gp3", "100", "true"), (run["BlockDeviceMapping.1.DeviceName"], run["BlockDeviceMapping.1.Ebs.VolumeType"], run["BlockDeviceMapping.1.Ebs.VolumeSize"], run["BlockDeviceMapping.1.Ebs.DeleteOnTermination"]));
        var tags = new Dictionary<string, string> { ["Name"] = "runhouse train", [MachineTags.Owner] = "ada", [MachineTags.Cluster] = "train", [MachineTags.Lease] = "l-1" };
        Assert.Equal(tags, run.Tags("instance"));
        Assert.Equal(tags, run.Tags("volume"));
        Assert.Null(run["InstanceMarketOptions.MarketType"]);
        Assert.Null(run["KeyName"]);
    }

    [Fact]
    public async Task A_spot_machine_is_asked_for_once_and_is_not_kept_when_it_is_taken_back()
    {
        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("use1-az1", isSpot: true)));

        Assert.True(machine.IsSpot);
        Ec2Request run = Assert.Single(Ec2.Of("RunInstances"));
        Assert.Equal(("spot", "one-time", "terminate"), (run["InstanceMarketOptions.MarketType"], run["InstanceMarketOptions.SpotOptions.SpotInstanceType"], run["InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior"]));
    }

    [Theory]
    [InlineData("m7i.large", null, Architecture.X64, "ami-0plain")]
    [InlineData("m8gn.large", null, Architecture.Arm64, "ami-0arm")]
    [InlineData("p4d.24xlarge", "A100-40GB:8", Architecture.X64, "ami-0gpu")]
    [InlineData("g5g.4xlarge", "T4g", Architecture.Arm64, "ami-0gpuarm")]
    [InlineData("p3.8xlarge", "V100-16GB:4", Architecture.X64, "ami-0volta")]
    public async Task The_image_is_the_newest_of_its_owner_for_the_processor_and_the_accelerator(string type, string? gpu, Architecture architecture, string image)
    {
        await MakeAsync(Request(), At("use1-az1", type: type, gpu: gpu, architecture: architecture));
        await MakeAsync(Request(token: "t-2"), At("use1-az2", type: type, gpu: gpu, architecture: architecture));

        Assert.All(Ec2.Of("RunInstances"), run => Assert.Equal(image, run["ImageId"]));
        Assert.Single(Ec2.Of("DescribeImages"));
    }

    [Fact]
    public async Task The_disk_is_never_smaller_than_the_image()
    {
        await MakeAsync(Request() with { DiskSize = 20 }, At("use1-az1", type: "g5.xlarge", gpu: "A10G"));
        await MakeAsync(Request(token: "t-2") with { DiskSize = 0 }, At("use1-az1", type: "g5.xlarge", gpu: "A10G"));

        Assert.Equal(["75", null], Ec2.Of("RunInstances").Select(static run => run["BlockDeviceMapping.1.Ebs.VolumeSize"]));
    }

    [Fact]
    public async Task The_machines_of_a_gang_have_indexes_and_come_from_one_request()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 4), At("use1-az1"));

        Assert.Equal([0, 1, 2, 3], machines.Select(static machine => machine.Index));
        Assert.Equal(4, machines.Select(static machine => machine.Address).Distinct().Count());
        Ec2Request run = Assert.Single(Ec2.Of("RunInstances"));
        Assert.Equal(("4", "4"), (run["MinCount"], run["MaxCount"]));
    }

    [Fact]
    public async Task Without_a_zone_any_subnet_will_do()
        => Assert.StartsWith("use1-az", Assert.Single(await MakeAsync(Request(), At(zone: null))).Zone, StringComparison.Ordinal);
}
