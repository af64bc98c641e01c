using Runhouse.Runtime.Catalogue;

namespace Runhouse.Runtime.Tests.Catalogue;

/// <summary>The rules against dirty data. The rows are of real lists, with what such lists have had wrong in them.</summary>
public sealed class OfferListTests
{
    [Theory]
    [InlineData("aws,us-east-1,use1-az2,g4dn.xlarge,T4,1,4,16,x86_64,0.526,0.7,2025-09-22,x", DropReason.SpotAboveList, "0.526", null)]
    [InlineData("aws,us-east-2,use2-az3,p5e.48xlarge,H200,8,192,2048,x86_64,0,18.7359,2025-09-22,x", DropReason.SentinelPrice, null, "18.7359")]
    [InlineData("aws,us-east-2,use2-az3,p5e.48xlarge,H200,8,192,2048,x86_64,0.0000000000,18.7359,2025-09-22,x", DropReason.SentinelPrice, null, "18.7359")]
    [InlineData("aws,us-east-1,use1-az1,p5.4xlarge,H100,1,16,256,x86_64,6.88,999999,2025-09-22,x", DropReason.SentinelPrice, "6.88", null)]
    [InlineData("aws,us-east-1,use1-az1,p5.4xlarge,H100,1,16,256,x86_64,6.88,-1,2025-09-22,x", DropReason.SentinelPrice, "6.88", null)]
    [InlineData("aws,us-east-1,use1-az1,p5.4xlarge,H100,1,16,256,x86_64,6.88,NaN,2025-09-22,x", DropReason.NotDollars, "6.88", null)]
    [InlineData("aws,us-east-1,use1-az1,p5.4xlarge,H100,1,16,256,x86_64,6.88,Infinity,2025-09-22,x", DropReason.NotDollars, "6.88", null)]
    [InlineData("aws,us-east-1,use1-az1,p5.4xlarge,H100,1,16,256,x86_64,6.88,2.10 EUR,2025-09-22,x", DropReason.NotDollars, "6.88", null)]
    [InlineData("aws,us-east-1,use1-az1,p5.4xlarge,H100,1,16,256,x86_64,\"6,88\",2.10,2025-09-22,x", DropReason.NotDollars, null, "2.10")]
    public void A_price_that_cannot_be_believed_is_unknown_and_the_other_one_stays(string row, DropReason reason, string? list, string? spot)
    {
        OfferReading reading = Catalogues.Read(row);
        MachineOffer offer = Assert.Single(reading.Offers);
        Assert.Equal((Number(list), Number(spot)), (offer.ListPrice, offer.SpotPrice));
        DroppedEntry dropped = Assert.Single(reading.Dropped);
        Assert.Equal((reason, "list line 2"), (dropped.Reason, dropped.Source));
        Assert.Contains(offer.InstanceType, dropped.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gcp,us-central1,us-central1-a,a3-highgpu-1g,H100,1,26,234,x86_64,,,2025-09-22,x", DropReason.NoPrice)]
    [InlineData("gcp,us-central1,us-central1-a,tpu-v6e-8,tpu-v6e-8,1,8,64,x86_64,21.6,4.35,2025-09-22,x", DropReason.UnknownAccelerator)]
    [InlineData("aws,us-east-1,use1-az6,m8i-flex.large,,,two,8,x86_64,0.10055,0.0344,2025-09-22,x", DropReason.Malformed)]
    [InlineData("aws,us-east-1,use1-az6,m8i-flex.large,,,2,NaN,x86_64,0.10055,0.0344,2025-09-22,x", DropReason.Malformed)]
    [InlineData("aws,us-east-1,use1-az6,m8i-flex.large,,,2,8,i386,0.10055,0.0344,2025-09-22,x", DropReason.Malformed)]
    [InlineData("aws,us-east-1,use1-az6,,,,2,8,x86_64,0.10055,0.0344,2025-09-22,x", DropReason.Malformed)]
    [InlineData("aws,us-east-1,use1-az6,g5.xlarge,A10G,0,4,16,x86_64,1.006,0.4,2025-09-22,x", DropReason.Malformed)]
    [InlineData("aws,us-east-1,use1-az6,m8i-flex.large,,,2,8,x86_64,0.10055,0.0344,22.9.2025,x", DropReason.Malformed)]
    [InlineData("aws,us-east-1,use1-az6,m8i-flex.large,,,2,8", DropReason.Malformed)]
    public void A_row_that_cannot_be_believed_is_left_out(string row, DropReason reason)
    {
        OfferReading reading = Catalogues.Read(row);
        Assert.Empty(reading.Offers);
        Assert.Equal(reason, Assert.Single(reading.Dropped).Reason);
    }

    [Fact]
    public void Of_two_prices_for_one_place_the_higher_one_counts_in_whatever_order_they_stand()
    {
        const string One = "aws,us-east-1,use1-az2,g5.xlarge,A10G,1,4,16,x86_64,1.006,0.4246,2025-09-22,x";
        const string Other = "aws,us-east-1,use1-az2,g5.xlarge,A10G,1,4,16,x86_64,0.906,0.5246,2025-09-22,x";
        foreach (string[] rows in (string[][])[[One, Other], [Other, One]])
        {
            OfferReading reading = Catalogues.Read(rows);
            MachineOffer offer = Assert.Single(reading.Offers);
            Assert.Equal((1.006m, 0.5246m), (offer.ListPrice, offer.SpotPrice));
            Assert.Equal(DropReason.PricesDisagree, Assert.Single(reading.Dropped).Reason);
        }

        Assert.Empty(Catalogues.Read(One, One).Dropped);
    }

    [Fact]
    public void Two_rows_that_describe_different_machines_are_both_left_out()
    {
        OfferReading reading = Catalogues.Read(
            "aws,us-east-1,use1-az2,g5.xlarge,A10G,1,4,16,x86_64,1.006,0.4246,2025-09-22,x",
            "aws,us-east-1,use1-az2,g5.xlarge,A10G,1,8,16,x86_64,1.006,0.4246,2025-09-22,x",
            "aws,us-east-1,use1-az2,g5.xlarge,A10G,1,4,16,x86_64,1.006,0.4246,2025-09-22,x");
        Assert.Empty(reading.Offers);
        Assert.Equal([DropReason.MachinesDisagree, DropReason.MachinesDisagree], reading.Dropped.Select(static one => one.Reason));
    }

    [Theory]
    [InlineData("A100", "A100-40GB", 40)]
    [InlineData("NVIDIA A100", "A100-40GB", 40)]
    [InlineData("nvidia-tesla-a100", "A100-40GB", 40)]
    [InlineData("a100_80gb", "A100-80GB", 80)]
    [InlineData("NVIDIA-A100-80GB", "A100-80GB", 80)]
    [InlineData("T4g", "T4G", 16)]
    [InlineData("nvidia-h100-80gb", "H100-80GB", 80)]
    [InlineData("V100", "V100-16GB", 16)]
    [InlineData("V100-32GB", "V100-32GB", 32)]
    public void Accelerators_have_one_name_however_a_list_spells_them(string spelling, string name, double memory)
    {
        MachineOffer offer = Assert.Single(Catalogues.Read($"aws,us-east-1,,x.large,{spelling},2,4,16,x86_64,1,,2025-09-22,x").Offers);
        Assert.Equal((new Accelerator(name, 2), memory), (offer.Accelerator!.Value, offer.AcceleratorMemory));
    }

    [Fact]
    public void A_list_reads_back_as_it_was_written()
    {
        MachineOffer[] offers = [.. MachineCatalogue.ReadEmbedded().Offers];
        using var text = new StringWriter();
        OfferList.Write(text, offers);
        OfferReading read = OfferList.Read(new StringReader(text.ToString()), "list");
        Assert.Equal(offers, read.Offers);
        Assert.Empty(read.Dropped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("provider,region\naws,us-east-1\n")]
    [InlineData(OfferList.Head + "\naws,us-east-1,use1-az2,\"g5.xlarge,A10G,1\n")]
    public void What_is_no_list_or_is_cut_off_is_an_error(string text)
        => Assert.Throws<InvalidDataException>(() => OfferList.Read(new StringReader(text), "list"));

    private static decimal? Number(string? text) => text is null ? null : decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
