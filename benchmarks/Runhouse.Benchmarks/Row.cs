namespace Runhouse.Benchmarks;

/// <summary>One figure: what was measured, of whom, and how it spread over the rounds.</summary>
/// <param name="Benchmark">The benchmark's name.</param>
/// <param name="Workload">The workload.</param>
/// <param name="Peer"><c>runhouse</c> for this project, <c>raw</c> for the limit.</param>
/// <param name="Metric">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Median">The median over the rounds.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
internal sealed record Row(string Benchmark, string Workload, string Peer, string Metric, string Unit, double Median, double Min, double Max)
{
    /// <summary>Makes the row of a series of measurements.</summary>
    public static Row Of(string benchmark, string workload, string peer, string metric, string unit, IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Row(benchmark, workload, peer, metric, unit, median, sorted[0], sorted[^1]);
    }
}
