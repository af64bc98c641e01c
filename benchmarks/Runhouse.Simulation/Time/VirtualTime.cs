namespace Runhouse.Simulation.Time;

/// <summary>
/// A clock that only events move: what is to happen waits in one queue, and <see cref="Run"/> goes from one to the next. One thread has it all, so that a simulation goes
/// the same way every time.
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    /// <summary>When the week of the trace begins: a Monday.</summary>
    public static readonly DateTimeOffset Start = new(2025, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Event, (long Due, long Order)> _events = new();
    private long _order;
    private int _thread;

    /// <summary>The time since the beginning.</summary>
    public TimeSpan Now { get; private set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start + Now;

    /// <inheritdoc/>
    public override long GetTimestamp() => Now.Ticks;

    /// <summary>Has something happen; among those of one time, what was asked for first.</summary>
    /// <param name="due">When, from the beginning.</param>
    /// <param name="action">What.</param>
    /// <returns>Disposed of, it does not happen.</returns>
    public IDisposable At(TimeSpan due, Action action)
    {
        // A continuation that ran elsewhere would make the order a matter of luck.
        if (_thread != 0 && _thread != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException($"The simulation left its thread at {Now}: something in it waits for another clock than this one.");
        var happening = new Event(action);
        _events.Enqueue(happening, (Math.Max(due.Ticks, Now.Ticks), _order++));
        return happening;
    }

    /// <summary>Has everything happen, one after the other.</summary>
    /// <param name="isOver">Whether what is left does not matter any more.</param>
    /// <exception cref="InvalidOperationException">Nothing is left to happen, and it is not over.</exception>
    public void Run(Func<bool> isOver)
    {
        SynchronizationContext? outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            while (!isOver())
            {
                if (!_events.TryDequeue(out Event? next, out (long Due, long) at))
                    throw new InvalidOperationException($"At {Now} nothing is left to happen, and the simulation is not over: something in it waits for another clock than this one.");
                if (next.Action is not { } action)
                    continue;
                Now = TimeSpan.FromTicks(at.Due);
                action();
            }
        }
        finally
        {
            _thread = 0;
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new EventTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Event(Action action) : IDisposable
    {
        public Action? Action { get; private set; } = action;

        public void Dispose() => Action = null;
    }

    private sealed class EventTimer(VirtualTime time, Action action) : ITimer
    {
        private IDisposable? _next;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Dispose();
            _next = dueTime < TimeSpan.Zero ? null : time.At(time.Now + dueTime, () =>
            {
                if (period > TimeSpan.Zero)
                    Change(period, period);
                action();
            });
            return true;
        }

        public void Dispose() => _next?.Dispose();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
