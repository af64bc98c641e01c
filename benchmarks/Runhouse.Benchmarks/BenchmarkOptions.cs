namespace Runhouse.Benchmarks;

/// <summary>What a benchmark is asked for.</summary>
/// <param name="Quick">Whether a short measurement is enough.</param>
/// <param name="Only">How the titles of the workloads begin that are run, with commas between them; empty for all.</param>
/// <param name="Rounds">How many rounds count; null for the usual number.</param>
internal sealed record BenchmarkOptions(bool Quick, string Only, int? Rounds)
{
    /// <summary>Whether a workload is run.</summary>
    /// <param name="workload">The workload.</param>
    public bool Includes(PlannedWorkload workload) => Only.Split(',').Any(title => workload.Title.StartsWith(title, StringComparison.Ordinal));
}
