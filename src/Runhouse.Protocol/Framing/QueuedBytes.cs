namespace Runhouse.Protocol.Framing;

/// <summary>How many bytes of one kind of frame wait to be written. Thread-safe.</summary>
internal sealed class QueuedBytes
{
    private readonly object _gate = new();
    private long _count;
    private int _waiting;
    private bool _isClosed;

    /// <summary>How many.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>So many more wait.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _count, bytes);

    /// <summary>So many do not wait any more.</summary>
    public void Remove(long bytes)
    {
        Interlocked.Add(ref _count, -bytes);
        if (Volatile.Read(ref _waiting) == 0)
            return;
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <summary>Waits while more than so many bytes wait, until it is half as many or nothing is written any more.</summary>
    /// <param name="most">How many.</param>
    public void WaitBelow(long most)
    {
        if (Count <= most)
            return;
        lock (_gate)
        {
            // Before the look: who removes bytes behind it sees the number and pulses.
            Interlocked.Increment(ref _waiting);
            while (!_isClosed && Count > most / 2)
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Nothing is written any more: nobody waits.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
