namespace Runhouse.Benchmarks.Workloads;

/// <summary>One connection to a server in another process.</summary>
internal interface IConnection : IAsyncDisposable
{
    /// <summary>The small call.</summary>
    ValueTask<int> AddAsync(int a, int b);
}
