namespace Runhouse.Host.Workers;

/// <summary>
/// Those who were sent to a worker and have not come yet: each from when the ticket is given until a session has been opened for it, or none can be any more. A ticket
/// that resumes a session opens none, and counts until it has run out.
/// </summary>
/// <param name="lifetime">How long a ticket is good.</param>
/// <param name="time">The clock.</param>
internal sealed class ExpectedCallers(TimeSpan lifetime, TimeProvider time)
{
    // A worker tells of a session some time after it was opened: a ticket used at the last moment is not taken for one that ran out, and its session for another one's.
    private static readonly TimeSpan ReportDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<long> _given = new();
    private int _opened;

    /// <summary>Whether there are any.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _given.Count > 0;
            }
        }
    }

    /// <summary>A ticket is given.</summary>
    public void Add()
    {
        lock (_lock)
        {
            Forget();
            _given.Enqueue(time.GetTimestamp());
        }
    }

    /// <summary>The worker tells how many sessions have been opened. Whose they are does not matter: those that are left have the tickets that run out last.</summary>
    /// <param name="sessions">How many since it began to serve.</param>
    public void OnOpened(int sessions)
    {
        lock (_lock)
        {
            Forget();
            for (; _opened < sessions; _opened++)
                _given.TryDequeue(out _);
        }
    }

    private void Forget()
    {
        while (_given.TryPeek(out long given) && time.GetElapsedTime(given) >= lifetime + ReportDelay)
            _given.Dequeue();
    }
}
