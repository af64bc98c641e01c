namespace Runhouse.Host.Workers;

/// <summary>
/// Those who were sent to a worker and have not come yet: each from when the ticket is given until it was used, for a new session or one that goes on, or cannot be any more.
/// </summary>
/// <param name="lifetime">How long a ticket is good.</param>
/// <param name="time">The clock.</param>
internal sealed class ExpectedCallers(TimeSpan lifetime, TimeProvider time)
{
    // A worker tells some time later that somebody has come: a ticket used at the last moment is not taken for one that ran out, and another one for it.
    private static readonly TimeSpan ReportDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<long> _given = new();
    private int _arrived;

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

    /// <summary>The worker tells how many have come. Who they are does not matter: those that are left have the tickets that run out last.</summary>
    /// <param name="all">How many since it began to serve.</param>
    public void OnArrived(int all)
    {
        lock (_lock)
        {
            Forget();
            for (; _arrived < all; _arrived++)
                _given.TryDequeue(out _);
        }
    }

    private void Forget()
    {
        while (_given.TryPeek(out long given) && time.GetElapsedTime(given) >= lifetime + ReportDelay)
            _given.Dequeue();
    }
}
