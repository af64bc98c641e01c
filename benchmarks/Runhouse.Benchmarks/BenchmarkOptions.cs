namespace Runhouse.Benchmarks;

/// <summary>What a benchmark is asked for.</summary>
/// <param name="Quick">Whether a short measurement is enough.</param>
/// <param name="Only">How the titles of the workloads begin that are run; empty for all.</param>
internal sealed record BenchmarkOptions(bool Quick, string Only)
{
    /// <summary>Whether a workload is run.</summary>
    /// <param name="workload">The workload.</param>
    public bool Includes(PlannedWorkload workload) => workload.Title.StartsWith(Only, StringComparison.Ordinal);
}
