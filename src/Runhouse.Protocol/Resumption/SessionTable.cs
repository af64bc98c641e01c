using System.Collections.Concurrent;
using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Resumption;

/// <summary>The sessions of a worker: a client whose connection was lost finds its own again. Thread-safe.</summary>
public sealed class SessionTable
{
    private readonly ConcurrentDictionary<UInt128, ServerConnection> _sessions = new();
    private volatile bool _isClosed;

    /// <summary>Whether no new session is taken; those that there are can be resumed all the same.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Takes no new sessions.</summary>
    public void Close() => _isClosed = true;

    internal void Add(ServerConnection session) => _sessions[session.SessionId] = session;

    internal void Remove(ServerConnection session) => _sessions.TryRemove(session.SessionId, out _);

    internal ServerConnection? Find(UInt128 id) => _sessions.GetValueOrDefault(id);
}
