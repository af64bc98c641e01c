using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Runtime.Catalogue;
using Runhouse.Runtime.Catalogue.Refresh;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Tests.Catalogue;

/// <summary>Refreshing against a server that answers in the form of AWS' and Google's price interfaces.</summary>
public sealed class RefreshTests : IDisposable
{
    private const string AwsIndex = """{"formatVersion":"v1.0","regions":{"us-east-1":{"regionCode":"us-east-1","currentVersionUrl":"/offers/v1.0/aws/AmazonEC2/20260301/us-east-1/index.json"},"eu-north-1":{"regionCode":"eu-north-1","currentVersionUrl":"/offers/v1.0/aws/AmazonEC2/20260301/eu-north-1/index.json"}}}""";
    private const string AwsHead = "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"This pricing list is for informational purposes only, \"\"as is\"\".\"\n\"Publication Date\",\"2026-03-01T18:00:00Z\"\n\"Version\",\"20260301180000\"\n\"OfferCode\",\"AmazonEC2\"\n"
        + "\"SKU\",\"TermType\",\"PriceDescription\",\"Unit\",\"PricePerUnit\",\"Currency\",\"Instance Type\",\"vCPU\",\"Physical Processor\",\"Memory\",\"Tenancy\",\"Operating System\",\"operation\",\"CapacityStatus\",\"GPU\",\"Pre Installed S/W\"\n";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Aws_list_replaces_the_prices_of_its_region_and_keeps_what_it_does_not_tell()
    {
        await using var server = new FakeHost(request => Aws(request, AwsHead
            + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8")
            + Row("m8gn.large", "0.13", "2", "8 GiB", processor: "AWS Graviton4")
            + Row("p4d.24xlarge", "31.00", "96", "1,152 GiB", gpu: "8", tenancy: "Dedicated")
            + Row("p4d.24xlarge", "0.0000000000", "96", "1,152 GiB", gpu: "8", status: "AllocatedCapacityReservation")
            + Row("p4d.24xlarge", "19.00", "96", "1,152 GiB", gpu: "8", system: "Windows")
            + Row("inf2.xlarge", "0.76", "4", "16 GiB")
            + Row("p9.48xlarge", "90", "192", "2,048 GiB", gpu: "8")
            + Row("t9.micro", "0.0000000000", "2", "1 GiB")));
        RefreshResult result = await RunAsync(server, "aws", "us-east-1");
        Assert.Equal((2, new DateOnly(2026, 3, 1)), (result.Offers, result.AsOf));
        Assert.Equal(["UnknownAccelerator inf2", "UnknownAccelerator p9", "SentinelPrice t9", "NoPrice t9"], result.Dropped.Select(static one => $"{one.Reason} {one.Text.Split(',')[6].Split('.')[0]}"));

        MachineCatalogue catalogue = Load();
        MachineOffer[] p4d = [.. catalogue.Offers.Where(static one => one.InstanceType == "p4d.24xlarge")];
        Assert.Equal(["us-east-1  20.50  2026-03-01", "us-east-1 use1-az6 20.50 7.8799 2025-09-22", "eu-north-1 eun1-az3 23.71569 6.1657 2025-09-22"], p4d.Select(Text));
        Assert.Equal((new Accelerator("A100-40GB", 8), 40, 1152), (p4d[0].Accelerator!.Value, p4d[0].AcceleratorMemory, p4d[0].Memory));
        Assert.Equal(System.Runtime.InteropServices.Architecture.Arm64, catalogue.Offers.First(static one => one.InstanceType == "m8gn.large").Architecture);
        Assert.DoesNotContain(catalogue.Offers, static one => one.Region == "us-east-1" && one.InstanceType == "g4dn.xlarge");
        Assert.Contains(catalogue.Offers, static one => one.Provider == "gcp");
        Assert.Equal([result.File, "embedded"], catalogue.Lists.Select(static one => one.Name));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_server_that_wants_fewer_requests_is_asked_again_when_it_says(int status)
    {
        int refusals = 0;
        await using var server = new FakeHost(request => refusals++ < 3 ? new FakeReply(status) { Headers = "Retry-After: 40\r\n" } : Aws(request, AwsHead + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8")));
        DateTimeOffset start = _time.GetUtcNow();
        await RunAsync(server, "aws", "us-east-1");
        Assert.InRange(_time.GetUtcNow() - start, TimeSpan.FromSeconds(120), TimeSpan.MaxValue);
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_never_wants_a_request_is_left_in_peace()
    {
        await using var server = new FakeHost(static _ => new FakeReply(429));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => RunAsync(server, "aws", "us-east-1"));
        Assert.Contains("wants fewer requests (429", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
    }

    public static TheoryData<string, string> BadLists => new()
    {
        { "cut off in line 8", AwsHead + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8") + "\"X\",\"OnDemand\",\"d\",\"Hrs\"\n" },
        { "Line 8 opens quotes", AwsHead + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8") + "\"X\",\"OnDema" },
        { "lacks the columns TermType", "\"Publication Date\",\"2026-03-01T18:00:00Z\"\n\"SKU\",\"Terms\"\n" },
        { "does not tell its day", AwsHead.Replace("Publication Date", "Published", StringComparison.Ordinal) },
        { "has no columns", "<html>maintenance</html>" },
        { "in us-east-1 that can be believed", AwsHead },
        { "4 of its entries make no sense, and 1 do", AwsHead + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8") + Row("m1.a", "0", "2", "8 GiB") + Row("m1.b", "NaN", "2", "8 GiB") },
    };

    [Theory]
    [MemberData(nameof(BadLists))]
    public async Task A_list_that_makes_no_sense_leaves_the_old_one(string problem, string list)
        => await KeepsTheOldListAsync(problem, request => Aws(request, list));

    [Fact]
    public async Task An_answer_that_is_cut_off_leaves_the_old_one()
        => await KeepsTheOldListAsync("prices stay as they were", static request => Aws(request, AwsHead + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8")) with { Missing = request.Path.EndsWith(".csv", StringComparison.Ordinal) ? 1000 : 0 });

    [Fact]
    public async Task Google_prices_machines_by_their_parts_over_all_pages()
    {
        await using var server = new FakeHost(static request => new FakeReply(200, request.Path.Contains("pageToken=p%2F2", StringComparison.Ordinal)
            ? Page("", Sku("Nvidia Tesla A100 GPU running in Americas", "2", 933908000, "us-central1"),
                Sku("Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas", "1", 434100000, "us-central1", "Preemptible"),
                Sku("Spot Preemptible A2 Instance Ram running in Americas", "0", 1000000, "us-central1", "Preemptible"),
                Sku("Commitment v1: A2 Cpu in Americas for 1 Year", "0", 1, "us-central1", "Commit1Yr"))
            : Page("p/2", Sku("A2 Instance Core running in Americas", "0", 31611000, "us-central1", "OnDemand", "europe-west4"),
                Sku("A2 Instance Ram running in Americas", "0", 4237000, "us-central1", "OnDemand", "europe-west4"),
                Sku("Spot Preemptible A2 Instance Core running in Americas", "0", 10000000, "us-central1", "Preemptible"),
                Sku("N4 Custom Instance Core running in Americas", "9", 0, "us-central1"),
                Sku("T2D AMD Instance Core running in Americas", "0", 0, "us-central1"))));
        RefreshResult result = await RunAsync(server, "gcp");
        Assert.All(server.Requests, static request => Assert.Equal("the-key", request.Headers["X-Goog-Api-Key"]));
        Assert.Equal(2, server.Requests.Count);
        Assert.DoesNotContain(server.Requests, static request => request.Path.Contains("the-key", StringComparison.Ordinal));
        Assert.Equal("T2D AMD Instance Core running in Americas", Assert.Single(result.Dropped).Text);
        Assert.Equal(["us-central1"], result.Regions);

        // a2-highgpu-1g: 12 cores, 85 GiB, one A100.
        MachineOffer one = Load().Offers.First(static one => one.InstanceType == "a2-highgpu-1g");
        Assert.Equal((12 * 0.031611m) + (85 * 0.004237m) + 2.933908m, one.ListPrice);
        Assert.Equal((12 * 0.01m) + (85 * 0.001m) + 1.4341m, one.SpotPrice);
        Assert.Equal((null, new DateOnly(2026, 3, 2)), (one.Zone, one.AsOf));
    }

    [Fact]
    public async Task Google_takes_a_key_and_a_refused_one_is_said_without_it()
    {
        await using var server = new FakeHost(static _ => new FakeReply(403));
        var error = await Assert.ThrowsAsync<CredentialsException>(() => RunAsync(server, "gcp"));
        Assert.DoesNotContain("the-key", error.ToString(), StringComparison.Ordinal);
        var refresh = new CatalogueRefresh(new RunhouseHome(_folder.Path), new CatalogueOptions(), _time);
        Assert.Contains("RUNHOUSE__CATALOGUE__GOOGLEKEY", (await Assert.ThrowsAsync<ArgumentException>(() => refresh.RunAsync("gcp", [], CancellationToken.None))).Message, StringComparison.Ordinal);
        Assert.Contains("aws and gcp", (await Assert.ThrowsAsync<ArgumentException>(() => refresh.RunAsync("azure", [], CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_there_is_not_is_an_error_that_lists_those_that_there_are()
    {
        await using var server = new FakeHost(static request => Aws(request, AwsHead));
        var error = await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(server, "aws", "mars-1"));
        Assert.Contains("'mars-1'. It has eu-north-1, us-east-1.", error.Message, StringComparison.Ordinal);
    }

    private async Task KeepsTheOldListAsync(string problem, Func<FakeRequest, FakeReply> answer)
    {
        await using (var good = new FakeHost(static request => Aws(request, AwsHead + Row("p4d.24xlarge", "20.50", "96", "1,152 GiB", gpu: "8"))))
            await RunAsync(good, "aws", "us-east-1");
        string before = File.ReadAllText(RefreshedList.Of(new RunhouseHome(_folder.Path), "aws").Path);
        await using var server = new FakeHost(answer);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync(server, "aws", "us-east-1"));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("prices stay as they were", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "catalogue")))));
    }

    private async Task<RefreshResult> RunAsync(FakeHost server, string provider, params string[] regions)
    {
        var address = new Uri($"http://127.0.0.1:{server.Port}/");
        var refresh = new CatalogueRefresh(new RunhouseHome(_folder.Path), new CatalogueOptions { AwsPrices = address, GooglePrices = address, GoogleKey = "the-key" }, _time);
        Task<RefreshResult> running = refresh.RunAsync(provider, regions, CancellationToken.None);
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        return await running;
    }

    private MachineCatalogue Load() => MachineCatalogue.Load(new RunhouseHome(_folder.Path), new CatalogueOptions());

    private static FakeReply Aws(FakeRequest request, string list) => request.Path switch
    {
        "/offers/v1.0/aws/AmazonEC2/current/region_index.json" => new FakeReply(200, AwsIndex),
        "/offers/v1.0/aws/AmazonEC2/20260301/us-east-1/index.csv" => new FakeReply(200, list),
        _ => new FakeReply(404),
    };

    private static string Row(string type, string price, string cpus, string memory, string gpu = "", string processor = "Intel Xeon", string tenancy = "Shared", string system = "Linux", string status = "Used")
        => $"\"X{type}\",\"OnDemand\",\"${price} per On Demand {system} {type}\",\"Hrs\",\"{price}\",\"USD\",\"{type}\",\"{cpus}\",\"{processor}\",\"{memory}\",\"{tenancy}\",\"{system}\",\"RunInstances\",\"{status}\",\"{gpu}\",\"NA\"\n";

    private static string Text(MachineOffer one) => string.Create(CultureInfo.InvariantCulture, $"{one.Region} {one.Zone} {one.ListPrice} {one.SpotPrice} {one.AsOf:yyyy-MM-dd}");

    private static string Page(string next, params string[] skus) => $$"""{"skus":[{{string.Join(',', skus)}}],"nextPageToken":"{{next}}"}""";

    private static string Sku(string description, string units, long nanos, string region, string usage = "OnDemand", string? other = null) => $$$$"""
        {"name":"services/6F81-5844-456A/skus/0","skuId":"0","description":"{{{{description}}}}","category":{"serviceDisplayName":"Compute Engine","resourceFamily":"Compute","usageType":"{{{{usage}}}}"},
        "serviceRegions":["{{{{region}}}}"{{{{(other is null ? "" : $",\"{other}\"")}}}}],"pricingInfo":[{"effectiveTime":"2026-03-01T00:00:00Z","pricingExpression":{"usageUnit":"h","tieredRates":[{"startUsageAmount":0,"unitPrice":{"currencyCode":"USD","units":"{{{{units}}}}","nanos":{{{{nanos}}}}}}]}}]}
        """;
}
