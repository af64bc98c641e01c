namespace Runhouse.Protocol.Control;

/// <summary>The tickets that a worker has accepted, remembered until they expire, so that each opens one connection. Thread-safe.</summary>
public sealed class TicketLedger
{
    private readonly Lock _lock = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly PriorityQueue<UInt128, long> _expiries = new();

    /// <summary>Checks a ticket and takes it.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="key">The worker's ticket key.</param>
    /// <param name="now">The time.</param>
    public TicketVerdict Use(ReadOnlySpan<byte> ticket, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        if (!Ticket.IsSigned(ticket, key, out UInt128 nonce, out long expires))
            return TicketVerdict.Refused;
        long milliseconds = now.ToUnixTimeMilliseconds();
        if (expires <= milliseconds)
            return TicketVerdict.Expired;
        lock (_lock)
        {
            while (_expiries.TryPeek(out UInt128 old, out long expiry) && expiry <= milliseconds)
            {
                _expiries.Dequeue();
                _used.Remove(old);
            }

            if (!_used.Add(nonce))
                return TicketVerdict.Used;
            _expiries.Enqueue(nonce, expires);
            return TicketVerdict.Good;
        }
    }
}
