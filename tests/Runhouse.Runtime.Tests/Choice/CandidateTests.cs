using CsCheck;
using Runhouse.Runtime.Tests.Catalogue;

namespace Runhouse.Runtime.Tests.Choice;

public sealed class CandidateTests
{
    private static readonly MachineCatalogue Catalogue = Catalogues.Embedded();

    [Fact]
    public void The_cheapest_machine_that_has_it_comes_first()
    {
        Candidates found = Catalogue.Find(Resources.Parse(gpu: "A100"));
        Assert.Equal(("gcp", "a2-highgpu-1g", "us-central1", 3.67339m), (found[0].Offer.Provider, found[0].Offer.InstanceType, found[0].Offer.Region, found[0].Price));
        Assert.Contains(found, static one => one.Offer.InstanceType == "p4de.24xlarge");
        Assert.All(found, static one => Assert.False(one.IsSpot));
    }

    [Fact]
    public void A_machine_is_asked_for_in_every_zone_of_its_region()
    {
        Candidates found = Catalogue.Find(Resources.Parse(instanceType: "p4de.24xlarge"));
        Assert.Equal(["use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6"], found.Select(static one => one.Offer.Zone));
        Assert.All(found, static one => Assert.Equal(27.44705m, one.Price));
    }

    [Fact]
    public void Spot_has_the_price_of_its_zone_and_on_demand_is_what_it_falls_back_to()
    {
        Candidates found = Catalogue.Find(Resources.Parse(instanceType: "p4d.24xlarge", region: "eu-north-1", spot: "allowed"));
        Assert.Equal((true, "eun1-az3", 6.1657m), (found[0].IsSpot, found[0].Offer.Zone, found[0].Price));
        Assert.Equal(3, found.Count(static one => !one.IsSpot));
        Assert.Equal([null, null], found.TakeLast(2).Select(static one => one.Price));
        Assert.All(Catalogue.Find(Resources.Parse(instanceType: "p4d.24xlarge", spot: "only")), static one => Assert.True(one.IsSpot));
    }

    [Fact]
    public void A_price_that_is_not_known_is_never_cheapest_and_never_below_a_limit()
    {
        Candidates found = Catalogue.Find(Resources.Parse(gpu: "H200|H100:8"));
        Assert.NotNull(found[0].Price);
        Assert.Equal("p5e.48xlarge", found[^1].Offer.InstanceType);
        Assert.DoesNotContain(Catalogue.Find(Resources.Parse(gpu: "H200|H100:8", maxPrice: "1000")), static one => one.Offer.InstanceType == "p5e.48xlarge");
    }

    [Fact]
    public void Alternatives_come_as_written_when_that_is_asked_for()
    {
        var needs = Resources.Parse(gpu: "H100:8|T4");
        Assert.Equal("g4dn.xlarge", Catalogue.Find(needs)[0].Offer.InstanceType);
        Assert.Equal("p5.48xlarge", Catalogue.Find(needs, CandidateOrder.AsWritten)[0].Offer.InstanceType);
    }

    [Theory]
    [InlineData("4", "16", "g4dn.xlarge t2a-standard-4 m8i-flex.xlarge g5.xlarge")]
    [InlineData("32+", "512+", "p3dn.24xlarge a2-highgpu-8g p4d.24xlarge p4de.24xlarge p5.48xlarge p5e.48xlarge")]
    public void An_exact_amount_buys_nothing_larger_and_a_plus_sign_does(string cpus, string memory, string types)
        => Assert.Equal(types.Split(' ').Order(), Catalogue.Find(Resources.Parse(cpus: cpus, memory: memory)).Select(static one => one.Offer.InstanceType).Distinct().Order());

    [Theory]
    [InlineData("A100:16", null, null, null, "no type has 16 A100; the most is 8 in p4d.24xlarge (aws)")]
    [InlineData("A1000", null, null, null, "no type has A1000. Did you mean A100")]
    [InlineData("A1OO", null, null, null, "no type has A1OO. Did you mean A100?")]
    [InlineData("Vl00", null, null, null, "no type has Vl00. Did you mean V100?")]
    [InlineData("MI300X", null, null, null, "no type has MI300X. There are A100-40GB, ")]
    [InlineData("A100", "192+", null, null, "no type has 192 or more cores; the nearest is p4d.24xlarge (aws) with 96")]
    [InlineData("A100", null, null, "1.5", "costs $3.67339 an hour on demand, and MaxPrice is 1.5. Raise it, or allow spot machines")]
    [InlineData("T4", null, "us-east-9", null, "there is no region 'us-east-9' in it. Did you mean us-east-1 or ")]
    [InlineData("A100", null, "eu-west-1", null, "is not in what is left of the catalogue")]
    public void Nothing_that_satisfies_is_an_error_that_says_what_comes_nearest(string gpu, string? cpus, string? region, string? maxPrice, string message)
    {
        var error = Assert.Throws<CapacityException>(() => Catalogue.Find(Resources.Parse(gpu, cpus, region: region, maxPrice: maxPrice)).Required());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(error.Attempts);
    }

    [Fact]
    public void Whatever_is_asked_for_the_candidates_satisfy_it_in_order_and_each_place_comes_once()
    {
        static Gen<string?> Maybe(params string[] texts) => Gen.Int[0, texts.Length].Select(i => i < texts.Length ? texts[i] : null);
        Gen.Select(Maybe("A100", "A100:8|H100", "T4|A10G", "V100:4"), Maybe("4", "4+", "32+"), Maybe("16+", "64+", "1152"), Maybe("us-east-1", "us-central1|eu-west-1"), Maybe("allowed", "only"), Maybe("0.3", "6", "30"))
            .Sample((gpu, cpus, memory, region, spot, price) =>
            {
                var needs = Resources.Parse(gpu, cpus, memory, region: region, spot: spot, maxPrice: price);
                Candidates found = Catalogue.Find(needs);
                Assert.Equal(found.Count, found.Distinct().Count());
                Assert.Equal(found.OrderBy(static one => one.Price is null).ThenBy(static one => one.Price).Select(static one => one.Price), found.Select(static one => one.Price));
                Assert.All(found, one =>
                {
                    Assert.True(needs.Cpus is not { } cores || (cores.OrMore ? one.Offer.Cpus >= cores.Value : one.Offer.Cpus == cores.Value));
                    Assert.True(needs.Memory is not { } gibibytes || (gibibytes.OrMore ? one.Offer.Memory >= gibibytes.Value : one.Offer.Memory == gibibytes.Value));
                    Assert.True(needs.Regions.Count == 0 || needs.Regions.Contains(one.Offer.Region));
                    Assert.True(needs.MaxPrice is not { } most || one.Price <= most);
                    Assert.True(one.IsSpot ? needs.Spot != SpotUse.Never : needs.Spot != SpotUse.Only);
                    Assert.True(needs.Accelerators.Count == 0 || needs.Accelerators.Any(need => one.Offer.Accelerator is { } has && need.Names(has.Name) && has.Count >= need.Count));
                });
                if (found.Count == 0)
                    Assert.NotEmpty(found.Explain());
            });
    }
}
