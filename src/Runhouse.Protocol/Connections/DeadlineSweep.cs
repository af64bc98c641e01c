namespace Runhouse.Protocol.Connections;

/// <summary>One timer per connection for all deadlines: it ticks only while some call has one.</summary>
internal sealed class DeadlineSweep : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    private readonly ITimer _timer;

    /// <param name="sweep">Ends the calls whose time is over; returns whether some with a deadline are left.</param>
    /// <param name="time">The clock.</param>
    public DeadlineSweep(TimeProvider time, Func<long, bool> sweep)
    {
        // The timer is the connection's: the flow of whoever made the first call does not belong to it.
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(
            _ =>
            {
                if (!sweep(time.GetTimestamp()))
                    Disarm(sweep, time);
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The timestamp at which a limit that begins now is over.</summary>
    public static long After(TimeProvider time, TimeSpan limit)
        => time.GetTimestamp() + Math.Max(1, (long)(limit.TotalSeconds * time.TimestampFrequency));

    /// <summary>A call with a deadline was added while there was none.</summary>
    public void Arm() => _timer.Change(Period, Period);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Disarm(Func<long, bool> sweep, TimeProvider time)
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // A call added in between found the timer armed; look again rather than leave it without one.
        if (sweep(time.GetTimestamp()))
            Arm();
    }
}
