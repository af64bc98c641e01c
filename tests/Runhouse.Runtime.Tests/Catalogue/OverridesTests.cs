namespace Runhouse.Runtime.Tests.Catalogue;

public sealed class OverridesTests : IDisposable
{
    private const string Head = "action,provider,region,zone,instance_type,accelerator,accelerator_count,cpus,memory_gib,list_price,spot_price\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_adds_a_machine_and_what_is_asked_for_finds_it()
    {
        MachineCatalogue catalogue = Catalogues.WithOverrides(_folder, Head + "# ours\nadd,slurm,basement,,dgx,A100-80GB,8,128,1024,1.50,\n");
        Candidate first = catalogue.Find(Resources.Parse(gpu: "A100:8"))[0];
        Assert.Equal(("dgx", "basement", null, 1.50m), (first.Offer.InstanceType, first.Offer.Region, first.Offer.Zone, first.Price));
        Assert.Equal(80, first.Offer.AcceleratorMemory);
        Assert.Equal("line 3: dgx in basement (slurm) is added", Assert.Single(catalogue.Overrides));
    }

    [Fact]
    public void The_embedded_catalogue_is_without_what_is_the_users()
    {
        var embedded = MachineCatalogue.LoadEmbedded();
        Assert.Equal(Catalogues.Embedded().Offers, embedded.Offers);
        Assert.Equal(Catalogues.Embedded().Lists, embedded.Lists);
        Assert.Equal(Catalogues.Embedded().Dropped, embedded.Dropped);
        Assert.Empty(embedded.Overrides);
        Assert.Equal("none", embedded.OverridesFile);
    }

    [Fact]
    public void A_row_replaces_the_price_in_all_places_or_in_one()
    {
        MachineCatalogue catalogue = Catalogues.WithOverrides(_folder, Head + "price,aws,,,g4dn.xlarge,,,,,0.40,\nprice,aws,eu-west-1,,g4dn.xlarge,,,,,0.30,0.10\n");
        decimal?[] prices = [.. catalogue.Find(Resources.Parse(instanceType: "g4dn.xlarge", spot: "allowed")).Where(static one => one.Price is not null).Select(static one => one.Price).Distinct()];
        Assert.Equal([0.10m, 0.2000m, 0.2386m, 0.30m, 0.40m], prices);
    }

    [Fact]
    public void A_spot_price_above_the_agreed_price_is_no_bargain()
    {
        MachineCatalogue catalogue = Catalogues.WithOverrides(_folder, Head + "price,aws,,,p4d.24xlarge,,,,,5,\n");
        Assert.All(catalogue.Offers.Where(static one => one.InstanceType == "p4d.24xlarge"), static one => Assert.Equal((5m, null), (one.ListPrice, one.SpotPrice)));
    }

    [Fact]
    public void A_row_removes_types_and_regions()
    {
        MachineCatalogue catalogue = Catalogues.WithOverrides(_folder, Head + "remove,aws,us-east-1,,,,,,,,\nremove,gcp,,,t2a-standard-4,,,,,,\n");
        Assert.DoesNotContain(catalogue.Offers, static one => one.Region == "us-east-1" || one.InstanceType == "t2a-standard-4");
        Assert.Contains(catalogue.Offers, static one => one.Provider == "aws");
        Assert.Equal("line 3: gcp t2a-standard-4: 1 row removed", catalogue.Overrides[1]);
    }

    [Theory]
    [InlineData("ad,aws,r,,t,,,1,1,1,", "'ad'. Write add, price or remove")]
    [InlineData("add,aws,,,t,,,1,1,1,", "needs a region")]
    [InlineData("add,aws,r,,t,,,none,1,1,", "cpus 'none'")]
    [InlineData("add,aws,r,,t,A100,0,1,1,1,", "accelerator_count '0'")]
    [InlineData("add,aws,r,,t,,,1,1,,", "without a price")]
    [InlineData("add,aws,r,,t,,,1,1,NaN,", "list_price 'NaN'")]
    [InlineData("add,aws,r,,t,,,1,1,$2,", "list_price '$2'")]
    [InlineData("price,aws,,,p4d.24xlarg,,,,,5,", "covers no row of the catalogue (aws p4d.24xlarg)")]
    [InlineData("price,aws,,,p4d.24xlarge,,,,,,", "changes no price")]
    [InlineData("remove,,us-east-1,,,,,,,,", "needs a provider")]
    [InlineData("remove,aws", "has 2 columns")]
    public void A_bad_row_is_an_error_with_file_and_line(string row, string problem)
    {
        var error = Assert.Throws<RunhouseConfigurationException>(() => Catalogues.WithOverrides(_folder, Head + row + "\n"));
        Assert.StartsWith(Path.Combine(_folder.Path, "catalogue", "overrides.csv") + " line 2 ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("action,instance_type\n", "lacks provider")]
    [InlineData("action,provider,instance_typ\n", "Did you mean 'instance_type'?")]
    public void A_bad_head_is_an_error_too(string head, string problem)
        => Assert.Contains(problem, Assert.Throws<RunhouseConfigurationException>(() => Catalogues.WithOverrides(_folder, head)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_configuration_names_another_file_or_none()
    {
        string file = _folder.Write("mine.csv", Head + "remove,aws,,,,,,,,,\n");
        _folder.Write("catalogue/overrides.csv", Head + "remove,gcp,,,,,,,,,\n");
        var home = new Runhouse.Runtime.Configuration.RunhouseHome(_folder.Path);
        Assert.All(MachineCatalogue.Load(home, new CatalogueOptions { Overrides = file }).Offers, static one => Assert.Equal("gcp", one.Provider));
        Assert.Equal(["aws", "gcp"], MachineCatalogue.Load(home, new CatalogueOptions { Overrides = "none" }).Offers.Select(static one => one.Provider).Distinct());
    }
}
