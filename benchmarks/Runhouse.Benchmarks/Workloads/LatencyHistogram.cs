using System.Diagnostics;
using System.Numerics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The times of calls, counted in steps of a thirty-second of themselves: one more allocates nothing.</summary>
internal sealed class LatencyHistogram
{
    /// <summary>Of so many calls of a caller one is timed: what looking at the clock takes is no part of their rate.</summary>
    public const int Every = 17;

    /// <summary>How many streams of one item there are for their latency.</summary>
    public const int ShortStreams = 200;

    /// <summary>Of fewer calls the slowest hundredth is none.</summary>
    private const int FewestForP99 = 100;

    private const int StepBits = 5;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[(64 - StepBits + 1) * Steps];

    /// <summary>Makes calls one after the other.</summary>
    /// <param name="calls">How many.</param>
    /// <param name="call">The call; its argument counts them from zero on.</param>
    /// <returns>The figures.</returns>
    public static async Task<Dictionary<string, double>> OfAsync(int calls, Func<int, Task> call)
    {
        var latencies = new LatencyHistogram();
        for (int i = 0; i < calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await call(i);
            latencies.Add(Stopwatch.GetTimestamp() - start);
        }

        return latencies.Figures();
    }

    /// <summary>Forgets them.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>Adds the time of a call.</summary>
    /// <param name="ticks">The time, by <see cref="Stopwatch"/>.</param>
    public void Add(long ticks) => Interlocked.Increment(ref _counts[StepOf((ulong)ticks)]);

    /// <summary>The figures.</summary>
    public Dictionary<string, double> Figures()
    {
        var figures = new Dictionary<string, double> { ["latency p50 us"] = Quantile(0.50) };
        if (_counts.Sum() >= FewestForP99)
            figures["latency p99 us"] = Quantile(0.99);
        return figures;
    }

    private double Quantile(double part)
    {
        long left = (long)(_counts.Sum() * part);
        int step = 0;
        while (left >= _counts[step] && step < _counts.Length - 1)
            left -= _counts[step++];
        return Stopwatch.GetElapsedTime(0, StartOf(step)).TotalMicroseconds;
    }

    private static int StepOf(ulong ticks)
    {
        int shift = Math.Max(0, BitOperations.Log2(ticks) - StepBits);
        return (shift * Steps) + (int)(ticks >> shift);
    }

    private static long StartOf(int step)
    {
        int shift = Math.Max(0, (step / Steps) - 1);
        return (long)(step - (shift * Steps)) << shift;
    }
}
