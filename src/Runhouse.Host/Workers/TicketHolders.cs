namespace Runhouse.Host.Workers;

/// <summary>To whom the tickets of a worker were given, so that the calls of a session can be told by who makes them.</summary>
internal sealed class TicketHolders
{
    /// <summary>More sessions than a worker has; of the oldest beyond that nobody knows whose they are.</summary>
    private const int MaxHolders = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _holders = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Notes to whom a ticket is given.</summary>
    /// <param name="nonce">The ticket's nonce.</param>
    /// <param name="caller">Who gets it.</param>
    public void Add(string nonce, string caller)
    {
        lock (_lock)
        {
            if (!_holders.TryAdd(nonce, caller))
                return;
            _order.Enqueue(nonce);
            if (_order.Count > MaxHolders)
                _holders.Remove(_order.Dequeue());
        }
    }

    /// <summary>To whom a ticket was given; empty when that is not known.</summary>
    /// <param name="nonce">The ticket's nonce.</param>
    public string Of(string nonce)
    {
        lock (_lock)
            return _holders.GetValueOrDefault(nonce) ?? "";
    }
}
