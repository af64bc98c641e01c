using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>The choice of machines with the provider behind it.</summary>
public sealed class FailoverTests : GcpTest
{
    // Types that the catalogue has in zones of their own.
    private static Candidates Candidates => MachineCatalogue.Load().Find(Resources.Parse(provider: "gcp", instanceType: "n4-standard-80|a2-ultragpu-1g|t2d-standard-1"));

    [Fact]
    public async Task The_eighth_zone_is_found_when_the_seven_before_it_have_no_capacity()
    {
        Candidates candidates = Candidates;
        string[] zones = [.. candidates.Select(static one => one.Offer.Zone!).Distinct()];
        foreach (string zone in zones.Where((_, index) => index != 7))
            Server.Zones[zone].Capacity = 0;

        Made<IReadOnlyList<LeasedMachine>> made = await NewFailover().MakeAsync(candidates, Token);

        Assert.Equal(zones[7], Assert.Single(made.Machines).Zone);
        Assert.Equal(zones[..7], made.Attempts.Select(static attempt => attempt.Zone));
        Assert.All(made.Attempts, static attempt => Assert.Equal((ProvisioningFailure.Capacity, "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"), (attempt.Failure, attempt.Code)));
        Assert.Single(Server.Instances);
    }

    [Fact]
    public async Task Credentials_that_are_refused_stop_it_at_once()
    {
        Server.Allowed = new HashSet<string> { "compute.images.getFromFamily", "compute.firewalls.get", "compute.firewalls.create", "compute.globalOperations.get" };

        CredentialsException error = await Assert.ThrowsAsync<CredentialsException>(() => NewFailover().MakeAsync(Candidates, Token));

        Assert.Contains("compute.instances.create", error.Message, StringComparison.Ordinal);
        Assert.Single(Server.Of("instances.insert"));
    }

    [Fact]
    public async Task A_quota_leaves_out_the_region_for_that_family()
    {
        foreach (string zone in Server.Zones.Keys.Where(static zone => zone.StartsWith("europe", StringComparison.Ordinal)))
            Server.Zones[zone].FailNext("QUOTA_EXCEEDED", "Quota 'CPUS' exceeded. Limit: 0.0 in region europe-west4.", 403);

        Made<IReadOnlyList<LeasedMachine>> made = await NewFailover().MakeAsync(Candidates, Token);

        Assert.Equal(ProvisioningFailure.Quota, Assert.Single(made.Attempts).Failure);
        Assert.Equal("us-central1", Assert.Single(made.Machines).Region);
    }

    private Failover<IReadOnlyList<LeasedMachine>> NewFailover() => new(_ => new Maker(Cloud), TimeProvider.System);

    private sealed class Maker(GcpCloud cloud) : IMachineMaker<IReadOnlyList<LeasedMachine>>
    {
        public Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken) => cloud.TryMakeAsync(Request(), candidate, cancellationToken);
    }
}
