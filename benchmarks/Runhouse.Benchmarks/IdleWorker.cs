using System.Diagnostics;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>What a worker keeps of the memory that large arguments took, once it has nothing to do.</summary>
internal static class IdleWorker
{
    private const string Name = "idle";
    private const int ArgumentBytes = 400_000_000;
    private const int AtOnce = 4;

    /// <summary>Longer than a worker waits before it gives memory back.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: one round.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        var series = new Series(Name);
        byte[] argument = new byte[ArgumentBytes];
        for (int round = 0; round < (options.Rounds ?? (options.Quick ? 1 : 3)); round++)
        {
            using var home = new HostHome();
            Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
            await using EchoRemote echo = await Echo.RemoteAsync();
            int worker = await echo.GetProcessIdAsync();
            Add("before", "resident", "MB", Megabytes(worker));
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => echo.LengthAsync(argument).AsTask()));
            Add("four calls of 400 MB", "resident", "MB", Megabytes(worker));
            await Task.Delay(Idle);
            Add("15 s later", "resident", "MB", Megabytes(worker));
            long start = Stopwatch.GetTimestamp();
            await echo.AddAsync(1, 2);
            Add("the next call", "time", "ms", Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return [.. series.Rows()];

        void Add(string workload, string metric, string unit, double value) => series.Add(workload, "runhouse", metric, unit, value, counts: true);
    }

    private static double Megabytes(int process) => Memory.Of([process]) / 1e6;
}
