using System.Text.Json;

namespace Runhouse.Cli.Tests;

/// <summary>What leased machines have cost, as people read it.</summary>
public sealed class SpentTests
{
    // One that ran over midnight and over the end of a month, one that ended by itself, one whose price was not known.
    private const string Lines = """
        {"lease":"a","start":0,"cost":{"cluster":"train","provider":"aws","region":"us-east-1","instanceType":"g5.xlarge","isSpot":false,"count":2,"anHour":2.00,"from":"2026-10-31T22:00:00+00:00","to":"2026-11-01T01:00:00+00:00"}}
        {"lease":"b","start":0,"cost":{"cluster":"serve","provider":"gcp","region":"us-central1","instanceType":"n4-standard-2","isSpot":true,"count":1,"anHour":0.50,"from":"2026-11-01T10:00:00+00:00","to":"2026-11-01T11:00:00+00:00","isAtMost":true}}
        {"lease":"c","start":1,"cost":{"cluster":"train","provider":"aws","region":"us-east-1","instanceType":"own.large","isSpot":false,"count":1,"from":"2026-11-02T10:00:00+00:00","to":"2026-11-02T14:00:00+00:00"}}
        """;

    private static string File => Path.Combine(Environment.GetEnvironmentVariable("RUNHOUSE_HOME")!, "costs.jsonl");

    [Fact]
    public async Task It_is_shown_by_cluster_by_day_and_by_month()
    {
        await System.IO.File.WriteAllTextAsync(File, Lines, TestContext.Current.CancellationToken);
        try
        {
            (int exitCode, string output, _) = await CommandLine.RunAsync("spent");
            Assert.Equal(ExitCodes.Success, exitCode);
            string[] lines = Lined(output);
            Assert.Equal("serve 1 $0.5000 at most: some ended by themselves", lines[1]);
            Assert.Equal("train 10 $6.00 and 4 hours at a price that is not known", lines[2]);
            Assert.Equal("$6.50 in all, without disks and traffic", lines[3]);

            (_, output, _) = await CommandLine.RunAsync("spent", "--by", "month");
            Assert.Equal(["2026-10 train 4 $4.00", "2026-11 serve 1 $0.5000 at most: some ended by themselves", "2026-11 train 6 $2.00 and 4 hours at a price that is not known"], Lined(output)[1..4]);

            (_, output, _) = await CommandLine.RunAsync("spent", "--by", "day", "--json");
            Assert.Equal(
                ["2026-10-31 train 4.00", "2026-11-01 serve 0.50", "2026-11-01 train 2.00", "2026-11-02 train 0"],
                JsonDocument.Parse(output).RootElement.EnumerateArray().Select(static one => $"{one.GetProperty("period")} {one.GetProperty("cluster")} {one.GetProperty("cost")}"));
        }
        finally
        {
            System.IO.File.Delete(File);
        }
    }

    [Fact]
    public async Task Without_a_lease_it_says_so_and_another_period_is_an_error_that_names_those_that_there_are()
    {
        (int exitCode, string output, _) = await CommandLine.RunAsync("spent");
        Assert.Equal((ExitCodes.Success, "No machine was leased yet.\n"), (exitCode, output));
        (exitCode, _, string error) = await CommandLine.RunAsync("spent", "--by", "year");
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Contains("'month'", error, StringComparison.Ordinal);
    }

    private static string[] Lined(string output) => [.. output.TrimEnd('\n').Split('\n').Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}
