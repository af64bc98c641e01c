using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Control;

/// <summary>
/// Counts what the worker is busy with and tells the host when it has changed, at most once per <paramref name="interval"/>: a call
/// costs two interlocked additions, not a message.
/// </summary>
/// <param name="send">Sends a message to the host.</param>
/// <param name="interval">The shortest time between two reports.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadReports(Action<WorkerToHostMessage> send, TimeSpan interval, TimeProvider time)
{
    private readonly Lock _reporting = new();
    private WorkerLoad _reported = new(0, 0, 0);
    private ITimer? _timer;
    private int _calls;
    private int _sessions;
    private int _objects;
    private int _arrived;
    private int _armed;

    /// <summary>Calls in flight.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Raised when the last call in flight has ended.</summary>
    public event Action? Idle;

    /// <summary>Raised while calls, sessions or objects come and go, at most once per interval.</summary>
    public event Action? Changed;

    /// <summary>A call has begun or ended.</summary>
    public void AddCalls(int change)
    {
        int now = Interlocked.Add(ref _calls, change);
        Arm();
        if (now == 0)
            Idle?.Invoke();
    }

    /// <summary>A session has begun or ended.</summary>
    public void AddSessions(int change)
    {
        // In this order, which a report reads backwards: a session whose ticket it counts is there, or has gone.
        Interlocked.Add(ref _sessions, change);
        if (change > 0)
            Interlocked.Add(ref _arrived, change);
        Arm();
    }

    /// <summary>A session goes on, for which another ticket was used.</summary>
    public void AddResumption()
    {
        Interlocked.Increment(ref _arrived);
        Arm();
    }

    /// <summary>An object has come or gone.</summary>
    public void AddObjects(int change)
    {
        Interlocked.Add(ref _objects, change);
        Arm();
    }

    private void Arm()
    {
        if (Volatile.Read(ref _armed) != 0 || Interlocked.Exchange(ref _armed, 1) != 0)
            return;
        lock (_reporting)
        {
            _timer ??= time.CreateTimer(static state => ((LoadReports)state!).Report(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(interval, Timeout.InfiniteTimeSpan);
        }
    }

    private void Report()
    {
        // Disarmed before the counters are read: a change from here on arms the next report.
        Volatile.Write(ref _armed, 0);
        Changed?.Invoke();
        lock (_reporting)
        {
            int arrived = Volatile.Read(ref _arrived);
            var load = new WorkerLoad(Volatile.Read(ref _calls), Volatile.Read(ref _sessions), Volatile.Read(ref _objects), arrived);
            if (load == _reported)
                return;
            _reported = load;
            send(load);
        }
    }
}
