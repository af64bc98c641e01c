using System.Runtime.InteropServices;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Catalogue;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>The choice of machines over EC2's zones and regions, with its own client.</summary>
public sealed class FailoverTests : AwsTest
{
    private static readonly string[] Zones = ["use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6", "use2-az1", "use2-az2", "use2-az3"];

    [Fact]
    public async Task Capacity_in_the_eighth_zone_only_is_found_in_order()
    {
        foreach (FakeZone zone in Ec2.Regions.Values.SelectMany(static region => region.Zones).Where(static zone => zone.Id != "use2-az2"))
            zone.Capacity = 0;

        Made<IReadOnlyList<LeasedMachine>> made = await NewSearch().MakeAsync(Candidates(), Token);

        Assert.Equal("use2-az2", Assert.Single(made.Machines).Zone);
        Assert.Equal(Zones[..7], made.Attempts.Select(static one => one.Zone));
        Assert.All(made.Attempts, static one => Assert.Equal((ProvisioningFailure.Capacity, "InsufficientInstanceCapacity"), (one.Failure, one.Code)));
        Assert.Equal(Zones[..8].Select(static zone => $"subnet-{zone}"), Ec2.Of("RunInstances").Select(static run => run["NetworkInterface.1.SubnetId"]));
        Assert.Equal(8, Ec2.Of("RunInstances").Select(static run => run["ClientToken"]).Distinct().Count());

        // What is the same in a region is asked once there.
        Assert.Equal(["us-east-1", "us-east-2"], Ec2.Of("DescribeImages").Select(static one => one.Region));
        Assert.Equal(2, Ec2.Of("CreateSecurityGroup").Count);
        Assert.Single(Ec2.Alive);
    }

    [Fact]
    public async Task A_quota_leaves_the_region_at_once()
    {
        foreach (FakeZone zone in UsEast.Zones)
            zone.Refusal = static _ => new Ec2Exception("VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 0 allows.");

        Made<IReadOnlyList<LeasedMachine>> made = await NewSearch().MakeAsync(Candidates(), Token);

        Assert.Equal("use2-az1", made.Machines[0].Zone);
        Assert.Single(made.Attempts);
    }

    [Fact]
    public async Task Refused_credentials_stop_at_once()
    {
        Ec2.FailNext("DescribeImages", new Ec2Exception("AuthFailure", "AWS was not able to validate the provided access credentials", 401));

        CredentialsException refused = await Assert.ThrowsAsync<CredentialsException>(() => NewSearch().MakeAsync(Candidates(), Token));

        Assert.Contains("AuthFailure", refused.Message, StringComparison.Ordinal);
        Assert.Single(Ec2.Requests);
    }

    [Fact]
    public async Task A_region_that_throttles_is_left_when_patience_with_it_is_at_its_end()
    {
        foreach (FakeZone zone in UsEast.Zones)
            zone.Refusal = static _ => new Ec2Exception("RequestLimitExceeded", "Request limit exceeded.", 503);
        var options = new FailoverOptions { FirstPause = TimeSpan.FromMilliseconds(4), LongestPause = TimeSpan.FromMilliseconds(8), RegionBudget = TimeSpan.FromMilliseconds(20) };

        Made<IReadOnlyList<LeasedMachine>> made = await NewSearch(options).MakeAsync(Candidates(), Token);

        // 4 and 8 and 8 are within 20; another one is not.
        Assert.Equal("use2-az1", made.Machines[0].Zone);
        Assert.Equal(4, made.Attempts.Count);
        Assert.All(made.Attempts, static one => Assert.Equal("use1-az1", one.Zone));
    }

    [Fact]
    public async Task When_there_is_none_anywhere_every_zone_was_asked_once_and_is_in_the_error()
    {
        foreach (FakeZone zone in Ec2.Regions.Values.SelectMany(static region => region.Zones))
            zone.Capacity = 0;

        CapacityException none = await Assert.ThrowsAsync<CapacityException>(() => NewSearch().MakeAsync(Candidates(), Token));

        Assert.Equal(Zones, none.Attempts.Select(static one => one.Zone));
        Assert.Equal(9, Ec2.Of("RunInstances").Count);
    }

    private Failover<IReadOnlyList<LeasedMachine>> NewSearch(FailoverOptions? options = null) => new(_ => new Maker(Cloud), TimeProvider.System, options ?? new FailoverOptions(), static () => 1);

    private static Candidates Candidates()
    {
        MachineOffer[] offers = [.. new[] { ("us-east-1", 1.0m), ("us-east-2", 1.1m) }.Select(static region => new MachineOffer
        {
            Provider = "aws", Region = region.Item1, InstanceType = "g5.xlarge", Accelerator = new Accelerator("A10G", 1), Cpus = 4, Memory = 16, Architecture = Architecture.X64,
            ListPrice = region.Item2, AsOf = new DateOnly(2026, 11, 1), Source = "tests",
        })];
        return new CandidateSearch(Resources.Parse(gpu: "A10G"), CandidateOrder.Cheapest).Run(offers);
    }

    private sealed class Maker(AwsCloud cloud) : IMachineMaker<IReadOnlyList<LeasedMachine>>
    {
        private int _requests;

        public Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken)
            => cloud.TryMakeAsync(Request(token: $"t-{_requests++}"), candidate, cancellationToken);
    }
}
