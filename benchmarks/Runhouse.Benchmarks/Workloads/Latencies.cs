using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The times of calls, one after the other, in room that is taken before they are made: what is allocated meanwhile is theirs.</summary>
/// <param name="calls">How many calls there are.</param>
internal sealed class Latencies(int calls)
{
    private readonly List<double> _times = new(calls);

    /// <summary>Makes the calls, or as many as there is time for until other work has ended.</summary>
    /// <param name="until">The other work; null for none.</param>
    /// <param name="call">The call.</param>
    public async Task MeasureAsync(Task? until, Func<int, ValueTask<int>> call)
    {
        for (int i = 0; until is null ? i < calls : !until.IsCompleted; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (await call(i) != i + 1)
                throw new InvalidOperationException("A call returned a wrong sum.");
            _times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
    }

    /// <summary>The figures.</summary>
    public Dictionary<string, double> Figures()
    {
        _times.Sort();
        return Of([.. _times]);
    }

    /// <summary>The figures of sorted times.</summary>
    /// <param name="times">The times.</param>
    public static Dictionary<string, double> Of(double[] times) => new()
    {
        ["p50 us"] = times[times.Length / 2],
        ["p99 us"] = times[times.Length * 99 / 100],
    };
}
