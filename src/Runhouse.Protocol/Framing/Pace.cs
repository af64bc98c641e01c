using System.Diagnostics;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// How long work of one kind keeps its thread: a moving average, which decides whether it runs on the thread that has read it. Handing
/// it to another thread costs two context switches, about as much as a hundred short calls. Written by many threads without a lock: a lost
/// sample does no harm.
/// </summary>
public sealed class Pace
{
    /// <summary>Alone in its read, work runs in place below this: nothing waits behind it but the next read.</summary>
    private static readonly long AloneTicks = Stopwatch.Frequency / 10_000;

    /// <summary>With more work behind it, below this: what waits could run elsewhere meanwhile, which brings the less the fewer processors there are. Of eight on 5 us, of two 20.</summary>
    private static readonly long CrowdedTicks = Stopwatch.Frequency / 200_000 * Math.Clamp(8 / Environment.ProcessorCount, 1, 4);

    /// <summary>The consumer of a stream that has its connection to itself, below this: what one read brings of it is many items, and nobody else waits.</summary>
    private static readonly long ConsumerTicks = Stopwatch.Frequency / 2_000;

    // One sample is never worth more: a thread that was interrupted says nothing about the work.
    private static readonly long LongestSample = Stopwatch.Frequency / 2_500;
    private static readonly long Stuck = Stopwatch.Frequency / 1_000;

    private const int Weight = 16;

    /// <summary>So many pieces of work of one kind are measured together: to ask for the time costs as much as a small call's own code.</summary>
    internal const int MostMeasuredTogether = 8;

    /// <summary>For so many of its turns a consumer that has blocked runs elsewhere, and each time for twice as many: it may do so again, and all of its connection waits then.</summary>
    private const int FewestElsewhere = 64;
    private const int MostDoublings = 14;

    // Nothing is known of the first call: it runs elsewhere, and so do the next few unless they are short.
    private long _average = AloneTicks * 2;
    private readonly long _longestSample = LongestSample;
    private int _blocks;
    private int _elsewhere;

    /// <summary>Whether the next one may run in place.</summary>
    /// <param name="alone">Whether nothing else has come with it.</param>
    public bool IsShort(bool alone) => Volatile.Read(ref _elsewhere) <= 0 && Volatile.Read(ref _average) < (alone ? AloneTicks : CrowdedTicks);

    /// <summary>Whether it is that of the consumer of a stream, which takes all that has come of it.</summary>
    public bool IsConsumer
    {
        get;
        init
        {
            field = value;
            if (value)
                (_average, _longestSample) = (Stuck, Stuck);
        }
    }

    /// <summary>Whether the consumer of a stream, alone on its connection, may run in place.</summary>
    internal bool IsQuickConsumer => IsConsumer && Volatile.Read(ref _elsewhere) <= 0 && Volatile.Read(ref _average) < ConsumerTicks;

    /// <summary>Whether it is that of the producer of a stream, which goes on as long as its consumer lets it, and sends what it makes meanwhile.</summary>
    public bool IsProducer { get; init; }

    /// <summary>Whether the work has lately kept its thread for so long that others had to wait.</summary>
    internal bool HasBlocked => Volatile.Read(ref _average) > LongestSample;

    /// <summary>Begins a measurement.</summary>
    public static long Begin() => Stopwatch.GetTimestamp();

    /// <summary>Ends a measurement.</summary>
    /// <param name="begin">What <see cref="Begin"/> said.</param>
    public void End(long begin) => Add(Stopwatch.GetTimestamp() - begin);

    /// <summary>Adds a measurement of several pieces of work, one after the other.</summary>
    /// <param name="ticks">How long they took together.</param>
    /// <param name="pieces">How many they were, <see cref="MostMeasuredTogether"/> at most.</param>
    internal void Add(long ticks, int pieces = 1)
    {
        long sample = Math.Min(ticks / pieces, _longestSample);

        // The time of one that was interrupted is not that of all that were measured with it.
        if (sample > AloneTicks)
            pieces = 1;
        if (_elsewhere > 0)
            _elsewhere--;
        long average = Volatile.Read(ref _average);

        // Ceiling division downwards, so that the average of a constant arrives there.
        Volatile.Write(ref _average, average + (((sample - average) * pieces - (sample < average ? Weight - 1 : 0)) / Weight));
    }

    /// <summary>The work blocked the thread that read it: the next ones run elsewhere for a good while.</summary>
    public void Block()
    {
        Volatile.Write(ref _average, Stuck);
        if (IsConsumer)
            Volatile.Write(ref _elsewhere, FewestElsewhere << Math.Min(_blocks++, MostDoublings));
    }
}
