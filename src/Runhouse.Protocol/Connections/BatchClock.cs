namespace Runhouse.Protocol.Connections;

/// <summary>
/// A clock that costs its readers nothing: a number that grows every few milliseconds while batches are filled. To ask the system for the
/// time behind each item would cost as much as a small item does.
/// </summary>
internal static class BatchClock
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly Lock Gate = new();
    private static readonly HashSet<OpenBatch> Batches = [];
    private static Timer? _timer;
    private static int _isUsed;
    private static int _now;
    private static volatile bool _runs;

    /// <summary>The time, in ticks.</summary>
    public static int Now => Volatile.Read(ref _now);

    /// <summary>A batch begins: the clock runs for one tick more, which is all that a batch waits for.</summary>
    /// <returns>The time.</returns>
    public static int Begin()
    {
        // A full fence: either the clock, about to rest, sees that it is used, or it is seen at rest here.
        Interlocked.Exchange(ref _isUsed, 1);
        if (!_runs)
            Start();
        return Now;
    }

    /// <summary>A stream may have batches from now on, which are sent when they are late.</summary>
    /// <param name="batch">Its batches, one at a time.</param>
    public static void Add(OpenBatch batch)
    {
        lock (Batches)
            Batches.Add(batch);
    }

    /// <summary>The stream has ended.</summary>
    /// <param name="batch">Its batches.</param>
    public static void Remove(OpenBatch batch)
    {
        lock (Batches)
            Batches.Remove(batch);
    }

    private static void Start()
    {
        lock (Gate)
        {
            if (_runs)
                return;
            _runs = true;
            if (_timer is null)
            {
                // For the life of the process, so not in the flow of whoever happens to be first.
                using AsyncFlowControl _ = ExecutionContext.SuppressFlow();
                _timer = new Timer(static _ => OnTick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            _timer.Change(Tick, Tick);
        }
    }

    private static void OnTick()
    {
        int now = Interlocked.Increment(ref _now);
        lock (Batches)
        {
            foreach (OpenBatch batch in Batches)
                batch.SendIfLate(now);
        }

        if (Interlocked.Exchange(ref _isUsed, 0) != 0)
            return;
        lock (Gate)
        {
            _runs = false;
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _isUsed) != 0)
                _runs = true;
            else
                _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
