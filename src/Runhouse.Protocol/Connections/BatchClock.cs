namespace Runhouse.Protocol.Connections;

/// <summary>
/// A clock that costs its readers nothing: a number that grows every few milliseconds while batches are filled. To ask the system for the
/// time behind each item would cost as much as a small item does. It also sends what waits for a producer that keeps its thread, so that it has one of its own: such
/// producers may have all of the pool's.
/// </summary>
internal static class BatchClock
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly object Gate = new();
    private static readonly HashSet<OpenBatch> Batches = [];
    private static bool _hasThread;
    private static int _isUsed;
    private static int _now;
    private static volatile bool _runs;

    /// <summary>The time, in ticks.</summary>
    public static int Now => Volatile.Read(ref _now);

    /// <summary>A batch begins: the clock runs for one tick more, and for as long as the batch is open.</summary>
    /// <returns>The time.</returns>
    public static int Begin()
    {
        int now = Now;

        // A full fence: either the clock, about to rest, sees that it is used, or it is seen at rest here.
        Interlocked.Exchange(ref _isUsed, 1);
        if (!_runs)
            Start();
        return now;
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

            // Where the system has no thread for it now, the next batch tries again.
            if (!_hasThread)
                new Thread(Run) { IsBackground = true, Name = "Runhouse clock" }.UnsafeStart();
            _hasThread = true;
            _runs = true;
            Monitor.Pulse(Gate);
        }
    }

    private static void Run()
    {
        while (true)
        {
            lock (Gate)
            {
                while (!_runs)
                    Monitor.Wait(Gate);
                Monitor.Wait(Gate, Tick);
            }

            OnTick();
        }
    }

    private static void OnTick()
    {
        int now = Interlocked.Increment(ref _now);
        bool isAnyOpen = false;
        lock (Batches)
        {
            foreach (OpenBatch batch in Batches)
                isAnyOpen |= batch.SendIfLate(now);
        }

        if (Interlocked.Exchange(ref _isUsed, 0) != 0 || isAnyOpen)
            return;
        lock (Gate)
        {
            _runs = false;
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _isUsed) != 0)
                _runs = true;
        }
    }
}
