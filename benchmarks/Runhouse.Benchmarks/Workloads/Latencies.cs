using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The times of calls, one after the other.</summary>
internal static class Latencies
{
    /// <summary>Makes calls until a number is reached, or until other work has ended.</summary>
    /// <param name="calls">How many; ignored while <paramref name="until"/> runs.</param>
    /// <param name="until">The other work; null for none.</param>
    /// <param name="call">The call.</param>
    public static async Task<double[]> MeasureAsync(int calls, Task? until, Func<int, ValueTask<int>> call)
    {
        var times = new List<double>(calls);
        for (int i = 0; until is null ? i < calls : !until.IsCompleted; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (await call(i) != i + 1)
                throw new InvalidOperationException("A call returned a wrong sum.");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        times.Sort();
        return [.. times];
    }

    /// <summary>The figures of sorted times.</summary>
    public static Dictionary<string, double> Figures(double[] times) => new()
    {
        ["p50 us"] = times[times.Length / 2],
        ["p99 us"] = times[times.Length * 99 / 100],
    };
}
