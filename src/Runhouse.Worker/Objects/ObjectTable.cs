using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Runhouse.Worker.Objects;

/// <summary>
/// The remote objects of this worker. Anonymous ones belong to the session that made them and go when it releases them, or when it has
/// been lost for as long as the lease; named ones stay until they are deleted.
/// </summary>
/// <param name="lease">How long the objects of a lost session are kept.</param>
/// <param name="time">The clock.</param>
/// <param name="dispose">Disposes an instance, and never throws.</param>
internal sealed class ObjectTable(TimeSpan lease, TimeProvider time, Func<ObjectEntry, Task> dispose)
{
    private readonly ConcurrentDictionary<ulong, ObjectEntry> _objects = [];
    private readonly ConcurrentDictionary<ulong, string> _moved = [];
    private readonly Dictionary<UInt128, Session> _sessions = [];
    private readonly Lock _lock = new();

    /// <summary>Raised with the change in the number of objects.</summary>
    public event Action<int>? CountChanged;

    /// <summary>Raised when a named object is gone, so that its name is free again.</summary>
    public event Action<ObjectEntry>? NameFreed;

    /// <summary>How many objects are alive.</summary>
    public int Count => _objects.Count;

    /// <summary>Adds an object.</summary>
    public void Add(ObjectEntry entry)
    {
        bool orphan = false;
        lock (_lock)
        {
            _objects[entry.Id] = entry;
            _moved.TryRemove(entry.Id, out _);
            if (entry.Name is null)
            {
                // The session may have gone, lease and all, while the constructor ran.
                if (_sessions.TryGetValue(entry.Session, out var session))
                    session.Objects.Add(entry.Id);
                else
                    orphan = true;
            }
        }

        CountChanged?.Invoke(1);
        if (orphan)
            Remove(entry.Id, freeName: false);
    }

    /// <summary>The name of an object; null when it has none or is gone.</summary>
    /// <param name="id">The object.</param>
    public string? NameOf(ulong id) => _objects.TryGetValue(id, out var entry) ? entry.Name : null;

    /// <summary>An object; null when it is gone.</summary>
    /// <param name="id">The object.</param>
    public ObjectEntry? Find(ulong id) => _objects.GetValueOrDefault(id);

    /// <summary>Those whose state is kept.</summary>
    public IEnumerable<KeptObject> Kept() => _objects.Values.Select(static entry => entry.Kept).OfType<KeptObject>();

    /// <summary>The name of an object that another worker has now; null when none has.</summary>
    /// <param name="id">The object.</param>
    public string? MovedNameOf(ulong id) => _moved.GetValueOrDefault(id);

    /// <summary>Begins a call on an object; the call's end is <see cref="Exit"/>.</summary>
    public bool TryEnter(ulong id, [NotNullWhen(true)] out ObjectEntry? entry) => _objects.TryGetValue(id, out entry) && entry.TryEnter();

    /// <summary>Ends a call on an object.</summary>
    public void Exit(ObjectEntry entry)
    {
        if (entry.Exit())
            _ = dispose(entry);
    }

    /// <summary>A handle was closed: an anonymous object goes with it, a named one stays.</summary>
    public void Release(ulong id)
    {
        if (_objects.TryGetValue(id, out var entry) && entry.Name is null)
            Remove(id, freeName: false);
    }

    /// <summary>An object is deleted by a caller.</summary>
    public void Delete(ulong id) => Remove(id, freeName: true);

    /// <summary>The host has given the object's name away, or deleted it.</summary>
    public void Drop(ulong id) => Remove(id, freeName: false);

    /// <summary>Another worker has the object now.</summary>
    /// <param name="id">The object.</param>
    public void Move(ulong id)
    {
        if (NameOf(id) is { } name)
            _moved[id] = name;
        Remove(id, freeName: false);
    }

    /// <summary>A connection of a session has been accepted.</summary>
    public void SessionOpened(UInt128 id)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(id, out var session))
                _sessions.Add(id, session = new Session());
            session.Connections++;
            session.Lease?.Dispose();
            session.Lease = null;
        }
    }

    /// <summary>A connection of a session is gone. With the last one the lease of its objects begins.</summary>
    public void SessionClosed(UInt128 id)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(id, out var session) || --session.Connections > 0)
                return;
            session.Lease = time.CreateTimer(_ => EndLease(id, session), null, lease, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Closes all objects; ends when those without a call in flight are disposed.</summary>
    public async Task CloseAllAsync()
    {
        var disposals = new List<Task>();
        foreach (ulong id in _objects.Keys)
        {
            if (_objects.TryRemove(id, out var entry) && entry.Close())
                disposals.Add(dispose(entry));
        }

        await Task.WhenAll(disposals).ConfigureAwait(false);
    }

    private void EndLease(UInt128 id, Session session)
    {
        ulong[] objects;
        lock (_lock)
        {
            // A new connection may have come between the timer and the lock.
            if (session.Connections > 0 || session.Lease is null)
                return;
            session.Lease.Dispose();
            _sessions.Remove(id);
            objects = [.. session.Objects];
        }

        foreach (ulong entry in objects)
            Remove(entry, freeName: false);
    }

    private void Remove(ulong id, bool freeName)
    {
        if (!_objects.TryRemove(id, out var entry))
            return;
        if (entry.Name is null)
        {
            lock (_lock)
            {
                if (_sessions.TryGetValue(entry.Session, out var session))
                    session.Objects.Remove(id);
            }
        }
        else if (freeName)
        {
            NameFreed?.Invoke(entry);
        }

        CountChanged?.Invoke(-1);
        if (entry.Close())
            _ = dispose(entry);
    }

    private sealed class Session
    {
        public HashSet<ulong> Objects { get; } = [];

        public int Connections { get; set; }

        public ITimer? Lease { get; set; }
    }
}
