namespace Runhouse.Protocol.Connections;

/// <summary>
/// What the outcomes of ended calls handed out: objects and references, which nobody holds when the caller's cancel crosses the outcome. A client has no
/// more calls in flight than the limit and gets outcomes in order, so that of older ones it has received the outcome.
/// </summary>
/// <param name="capacity">How many calls are remembered.</param>
internal sealed class HandedOutIds(int capacity)
{
    private readonly Dictionary<ulong, List<ulong>> _byCall = [];
    private readonly Queue<ulong> _calls = [];

    /// <summary>Remembers the ids of a call's outcome.</summary>
    public void Add(ulong callId, List<ulong> ids)
    {
        while (_calls.Count >= capacity)
            _byCall.Remove(_calls.Dequeue());
        if (_byCall.TryAdd(callId, ids))
            _calls.Enqueue(callId);
    }

    /// <summary>Takes the ids of a call's outcome; null when it handed out none.</summary>
    public List<ulong>? Take(ulong callId) => _byCall.Remove(callId, out List<ulong>? ids) ? ids : null;
}
