using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Runhouse.Protocol.References;

/// <summary>
/// The ids of references that are passed on by the process that made them. They live as long as their references do: whoever passes one keeps it
/// reachable until the call has ended.
/// </summary>
public sealed class OwnReferences
{
    private readonly ConditionalWeakTable<object, Entry> _entries = [];
    private readonly ConcurrentDictionary<ulong, WeakReference<object>> _byId = [];

    /// <summary>The id of a reference.</summary>
    /// <param name="reference">The reference.</param>
    public ulong IdOf(object reference) => _entries.GetValue(reference, Add).Id;

    /// <summary>The reference of an id; null when there is none.</summary>
    /// <param name="id">The id.</param>
    public object? Find(ulong id) => _byId.TryGetValue(id, out WeakReference<object>? weak) && weak.TryGetTarget(out object? reference) ? reference : null;

    private Entry Add(object reference)
    {
        ulong id = ObjectId.New();
        _byId[id] = new WeakReference<object>(reference);
        return new Entry(_byId, id);
    }

    /// <summary>Goes with its reference, and takes the id along.</summary>
    private sealed class Entry(ConcurrentDictionary<ulong, WeakReference<object>> ids, ulong id)
    {
        [SuppressMessage("Performance", "CA1821", Justification = "Not empty: it removes the id.")]
        ~Entry() => ids.TryRemove(id, out _);

        public ulong Id => id;
    }
}
