using System.Diagnostics;
using System.Numerics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The times of calls that are made side by side, counted in steps of a thirty-second of themselves: nothing is allocated while they are made.</summary>
internal sealed class LatencyHistogram
{
    /// <summary>Of so many calls of a caller one is timed: what looking at the clock takes is no part of their rate.</summary>
    public const int Every = 17;

    private const int StepBits = 5;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[(64 - StepBits + 1) * Steps];

    /// <summary>Forgets them.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>Adds the time of a call.</summary>
    /// <param name="ticks">The time, by <see cref="Stopwatch"/>.</param>
    public void Add(long ticks) => Interlocked.Increment(ref _counts[StepOf((ulong)ticks)]);

    /// <summary>The figures.</summary>
    public Dictionary<string, double> Figures() => new()
    {
        ["latency p50 us"] = Quantile(0.50),
        ["latency p99 us"] = Quantile(0.99),
    };

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
