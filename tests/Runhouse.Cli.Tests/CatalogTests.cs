using System.Text.Json;

namespace Runhouse.Cli.Tests;

public sealed class CatalogTests
{
    [Fact]
    public async Task Cost_shows_what_would_do_the_cheapest_first_with_the_price_for_the_hours()
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync("cost", "A100:1", "--hours", "100");
        Assert.Equal((ExitCodes.Success, ""), (exitCode, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(["TYPE", "PROVIDER", "REGION", "GPU", "CORES", "GIB", "AN", "HOUR", "100", "H", "LIST", "SPOT", "AS", "OF", "SOURCE"], Words(lines[0]));
        Assert.Equal(["a2-highgpu-1g", "gcp", "us-central1", "A100-40GB", "12", "85", "$3.67", "$367.34", "$3.67", "$1.80", "2025-09-22", "price", "list"], Words(lines[1]));
        Assert.StartsWith("p4d.24xlarge ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cost_as_json_has_the_numbers()
    {
        (_, string output, _) = await CommandLine.RunAsync("cost", "T4|A10G", "--spot", "--region", "eu-west-1", "--cpus", "4", "--max-price", "0.6", "--hours", "2.5", "--json");
        JsonElement[] entries = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["g4dn.xlarge spot 0.3147", "g5.xlarge spot 0.5727", "g4dn.xlarge on demand 0.587"], entries.Select(static one
            => $"{one.GetProperty("instanceType")} {(one.GetProperty("isSpot").GetBoolean() ? "spot" : "on demand")} {one.GetProperty("priceAnHour")}"));
        Assert.Equal(0.78675m, entries[0].GetProperty("cost").GetDecimal());
    }

    [Theory]
    [InlineData(ExitCodes.Failed, "no type has 16 A100; the most is 8 in p4d.24xlarge (aws)", "cost", "A100:16")]
    [InlineData(ExitCodes.Usage, "Cpus = \"many\" is not an amount", "cost", "--cpus", "many")]
    [InlineData(ExitCodes.Usage, "MaxPrice = \"free\" is no price", "cost", "--max-price", "free")]
    [InlineData(ExitCodes.Usage, "--hours takes a positive number", "cost", "--hours", "0")]
    public async Task What_cannot_be_had_is_one_line_that_says_why(int expected, string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync(arguments);
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Status_tells_where_prices_come_from_and_what_is_not_believed()
    {
        (_, string output, _) = await CommandLine.RunAsync("catalog", "status", "--json");
        JsonElement status = JsonDocument.Parse(output).RootElement;
        JsonElement list = Assert.Single(status.GetProperty("lists").EnumerateArray());
        Assert.Equal(("embedded", "2025-09-22"), (list.GetProperty("name").GetString(), list.GetProperty("oldest").GetString()));
        JsonElement dropped = Assert.Single(status.GetProperty("dropped").EnumerateArray());
        Assert.Equal("NoPrice", dropped.GetProperty("reason").GetString());
        Assert.Contains("a3-highgpu-1g", dropped.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_lists_the_offers_that_would_do()
    {
        (_, string output, _) = await CommandLine.RunAsync("catalog", "show", "V100", "--json");
        Assert.Equal(["p3.8xlarge", "p3dn.24xlarge"], JsonDocument.Parse(output).RootElement.EnumerateArray().Select(static one => one.GetProperty("instanceType").GetString()));
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
