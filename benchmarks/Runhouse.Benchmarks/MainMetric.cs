namespace Runhouse.Benchmarks;

/// <summary>Which of a workload's figures stand for it, and whether more of them is better.</summary>
internal static class MainMetric
{
    private const string Latency = "p50 us";
    private const string CallRate = "calls/s";

    /// <summary>The figure by which a workload is compared: its latency, else its rate, else what it has first.</summary>
    /// <param name="rows">The figures of the workload.</param>
    public static string Of(IEnumerable<Row> rows)
    {
        string[] metrics = [.. rows.Select(static row => row.Metric).Distinct()];
        return metrics.FirstOrDefault(static metric => IsRate(metric) && metric != CallRate)
            ?? (metrics.Contains(Latency) ? Latency : metrics.Contains(CallRate) ? CallRate : metrics[0]);
    }

    /// <summary>Whether more is better: of rates; of times, less is.</summary>
    /// <param name="metric">The metric.</param>
    public static bool IsRate(string metric) => metric.EndsWith("/s", StringComparison.Ordinal);
}
