namespace Runhouse.Benchmarks.Workloads;

/// <summary>The workloads as one way of making calls runs them.</summary>
internal interface IWorkloads : IAsyncDisposable
{
    /// <summary>Runs a workload; the figures by name, none when this way cannot do it.</summary>
    /// <param name="workload">Its name.</param>
    /// <param name="callers">How many call at once.</param>
    /// <param name="calls">How many calls there are, of all callers together, or items, or arrays.</param>
    Task<Dictionary<string, double>> RunAsync(string workload, int callers, int calls);
}
