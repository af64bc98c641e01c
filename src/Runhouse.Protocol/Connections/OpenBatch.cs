using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The items that a producer has given while it works on the next one. Where that takes longer than a batch waits, and it may wait for something that
/// the consumer does with those it is to have, the <see cref="BatchClock"/> sends them. A producer that goes on pays two stores and a load for each item: the clock asks
/// the system to make sure that each side sees what the other has stored.
/// </summary>
/// <param name="send">Sends the items of a frame, of which there are so many.</param>
internal sealed class OpenBatch(Action<OutgoingFrame, int> send)
{
    private const int Free = 0;

    /// <summary>The clock looks, and the producer has to wait for what comes of it.</summary>
    private const int Looking = 1;

    /// <summary>The clock has sent the items.</summary>
    private const int Sent = 2;

    private readonly Lock _lock = new();
    private OutgoingFrame? _frame;
    private int _started;
    private volatile bool _isOpen;

    // How many items there are while the producer's code runs; 0 while the batch is being written to.
    private int _given;
    private int _claim;

    /// <summary>A batch begins; <see cref="Close"/> ends it, unless the clock sends it.</summary>
    /// <param name="frame">Its frame.</param>
    /// <returns>When, by the clock.</returns>
    public int Open(OutgoingFrame frame)
    {
        // Before the clock is asked: it does not rest while a batch is open.
        _isOpen = true;
        int started = BatchClock.Begin();
        Open(frame, started);
        return started;
    }

    /// <summary>The same at a time.</summary>
    /// <param name="frame">Its frame.</param>
    /// <param name="started">When it begins.</param>
    internal void Open(OutgoingFrame frame, int started) => (_frame, _started, _isOpen) = (frame, started, true);

    /// <summary>The producer's side sends the batch, or has nothing to send.</summary>
    public void Close() => _isOpen = false;

    /// <summary>The producer's code runs.</summary>
    /// <param name="count">How many items are in the frame.</param>
    public void Leave(int count) => Volatile.Write(ref _given, count);

    /// <summary>The producer's code has come back; false when the items have been sent meanwhile: then the frame is no longer the batch's.</summary>
    public bool Return()
    {
        Volatile.Write(ref _given, 0);
        return Volatile.Read(ref _claim) == Free || !WasSent();
    }

    /// <summary>Sends the items if the batch has been begun before the clock's last tick and the producer is at its next item.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether there is something to look at again.</returns>
    public bool SendIfLate(int now)
    {
        if (Volatile.Read(ref _given) == 0)
            return _isOpen;
        lock (_lock)
        {
            if (_claim == Sent)
                return false;

            // Behind the barrier either the producer, when it comes back, sees that it is looked at, or it is seen here that it has come back.
            Volatile.Write(ref _claim, Looking);
            Interlocked.MemoryBarrierProcessWide();
            int given = Volatile.Read(ref _given);
            bool isLate = given > 0 && _started != now;
            if (isLate)
            {
                _isOpen = false;
                send(_frame!, given);
            }

            Volatile.Write(ref _claim, isLate ? Sent : Free);
            return _isOpen;
        }
    }

    private bool WasSent()
    {
        lock (_lock)
        {
            bool wasSent = _claim == Sent;
            Volatile.Write(ref _claim, Free);
            return wasSent;
        }
    }
}
