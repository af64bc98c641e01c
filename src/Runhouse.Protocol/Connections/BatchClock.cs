namespace Runhouse.Protocol.Connections;

/// <summary>
/// A clock that costs its readers nothing: a number that grows every few milliseconds while streams are sent. To ask the system for the time
/// behind each item would cost as much as a small item does.
/// </summary>
internal static class BatchClock
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly Lock Gate = new();
    private static Timer? _timer;
    private static int _users;
    private static int _now;

    /// <summary>The time, in ticks.</summary>
    public static int Now => Volatile.Read(ref _now);

    /// <summary>A stream begins: until <see cref="Leave"/> the clock runs.</summary>
    public static void Enter()
    {
        lock (Gate)
        {
            if (_users++ > 0)
                return;
            _timer ??= new Timer(static _ => Interlocked.Increment(ref _now), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Tick, Tick);
        }
    }

    /// <summary>A stream has ended.</summary>
    public static void Leave()
    {
        lock (Gate)
        {
            if (--_users == 0)
                _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
