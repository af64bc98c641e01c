using Runhouse.Worker.Execution;

namespace Runhouse.Worker.Objects;

/// <summary>A remote object: its instance, who owns it, and the calls in flight on it.</summary>
/// <param name="id">Its id.</param>
/// <param name="instance">The user's instance.</param>
/// <param name="typeName">The full name of its type, as its contract says it.</param>
/// <param name="name">Its name on the host; null when it is anonymous.</param>
/// <param name="session">The session that made it; owns it when it is anonymous.</param>
internal sealed class ObjectEntry(ulong id, object instance, string typeName, string? name, UInt128 session)
{
    private const int Closed = int.MinValue;
    private ConcurrencyGate? _gate;
    private int _calls;

    /// <summary>Its id.</summary>
    public ulong Id { get; } = id;

    /// <summary>The user's instance.</summary>
    public object Instance { get; } = instance;

    /// <summary>The full name of its type.</summary>
    public string TypeName { get; } = typeName;

    /// <summary>Its name on the host; null when it is anonymous.</summary>
    public string? Name { get; } = name;

    /// <summary>The session that made it.</summary>
    public UInt128 Session { get; } = session;

    /// <summary>What it has besides when its state is kept; null when it is not.</summary>
    public KeptObject? Kept { get; set; }

    /// <summary>The gate of its members with limited concurrency.</summary>
    public ConcurrencyGate Gate => Volatile.Read(ref _gate) ?? Interlocked.CompareExchange(ref _gate, new ConcurrencyGate(), null) ?? _gate;

    /// <summary>Begins a call; false when the object is closed.</summary>
    public bool TryEnter()
    {
        int calls = Volatile.Read(ref _calls);
        while (calls >= 0)
        {
            int seen = Interlocked.CompareExchange(ref _calls, calls + 1, calls);
            if (seen == calls)
                return true;
            calls = seen;
        }

        return false;
    }

    /// <summary>Ends a call; true when the object is closed and this was its last call: the instance is to be disposed now.</summary>
    public bool Exit() => Interlocked.Decrement(ref _calls) == Closed;

    /// <summary>Lets no further call in; true when none is in flight: the instance is to be disposed now.</summary>
    public bool Close()
    {
        int before = Interlocked.Or(ref _calls, Closed);
        return before == 0;
    }
}
