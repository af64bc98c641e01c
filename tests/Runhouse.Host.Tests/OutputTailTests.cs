using Runhouse.Host.Workers;

namespace Runhouse.Host.Tests;

public class OutputTailTests
{
    [Fact]
    public void The_last_lines_are_kept()
    {
        var tail = new OutputTail(3);
        foreach (int line in Enumerable.Range(1, 5))
            tail.Add($"line {line}");

        Assert.Equal(["line 3", "line 4", "line 5"], tail.Snapshot());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(15)]
    [InlineData(5000)]
    public void The_beginning_of_a_crash_report_stays_however_long_its_stack_is(int frames)
    {
        var tail = new OutputTail(3);
        tail.Add("before");
        string[] report = ["Stack overflow.", .. Enumerable.Range(1, frames).Select(static frame => $"   at frame {frame}")];
        foreach (string line in report)
            tail.Add(line);

        IReadOnlyList<string> kept = tail.Snapshot();
        int beginning = Math.Min(report.Length, 10);
        Assert.Equal(report.Take(beginning), kept.SkipWhile(static line => line == "before").Take(beginning));
        Assert.Equal(report.TakeLast(3), kept.TakeLast(Math.Min(report.Length, 3)));
        int skipped = report.Length - 10 - 3;
        Assert.Equal(skipped > 0, kept.Contains($"[... {skipped} lines ...]"));
        Assert.Equal(kept.Count, kept.Distinct().Count());
    }
}
