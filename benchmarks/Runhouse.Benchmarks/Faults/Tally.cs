namespace Runhouse.Benchmarks.Faults;

/// <summary>Counts in the worker how often each numbered call runs.</summary>
[Remote]
public sealed class Tally
{
    // A bit for each of 32 million calls; memory comes with the pages that are touched.
    private readonly int[] _ran = new int[1 << 20];
    private int _count;
    private int _twice;

    /// <summary>The process in which this object lives.</summary>
    public int ProcessId => Environment.ProcessId;

    /// <summary>How many calls have run.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many calls have run more than once.</summary>
    public int Twice => Volatile.Read(ref _twice);

    /// <summary>A call.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The number.</returns>
    public int Run(int number)
    {
        int bit = 1 << number;
        if ((Interlocked.Or(ref _ran[number >> 5], bit) & bit) == 0)
            Interlocked.Increment(ref _count);
        else
            Interlocked.Increment(ref _twice);
        return number;
    }

    /// <summary>A call with a stream for a result: the integers from zero on.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="items">How many items.</param>
    public async IAsyncEnumerable<int> RunStreamAsync(int number, int items)
    {
        Run(number);
        for (int i = 0; i < items; i++)
        {
            yield return i;

            // As of a source that has not everything ready, so that cuts fall between items too.
            if (i % 10 == 9)
                await Task.Yield();
        }
    }
}
