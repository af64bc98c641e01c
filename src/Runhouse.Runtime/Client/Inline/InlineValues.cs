using System.Collections.Concurrent;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The values that references of inline calls lead to.</summary>
internal sealed class InlineValues
{
    private readonly ConcurrentDictionary<ulong, object> _held = [];
    private readonly OwnReferences _own = new();

    /// <summary>Keeps the value of a reference that a result holds.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="reference">The reference.</param>
    /// <param name="writeValue">Writes the value when it is fetched; null when its type cannot travel.</param>
    public ulong Hold<T>(RemoteRef<T> reference, WireWrite<T>? writeValue)
    {
        LocalRef<T> local = reference as LocalRef<T> ?? ((InlineRef<T>)reference).Held.Reference;
        local.AddHolder();
        ulong id = ObjectId.New();
        _held[id] = new Held<T>(local, writeValue);
        return id;
    }

    /// <summary>The id of a reference that is passed to a call.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="reference">The reference.</param>
    public ulong Pass<T>(RemoteRef<T> reference) => reference switch
    {
        InlineRef<T> inline => inline.Id,
        LocalRef<T> local when RemoteContext.Current is InlineContext => _own.IdOf(local),
        _ => throw new RemoteSerializationException(
            $"An argument is a RemoteRef<{typeof(T).Name}> to a value of the caller, to which no worker can come back. Pass the value itself, or let a remote function make the reference and return it."),
    };

    /// <summary>Finds what a caller holds.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="id">The id.</param>
    public Held<T> Find<T>(ulong id) => _held.TryGetValue(id, out object? held) && held is Held<T> found ? found
        : _own.Find(id) is LocalRef<T> own ? new Held<T>(own, null)
        : throw new RemoteNotFoundException($"The value of a RemoteRef<{typeof(T).Name}> is gone: the reference was disposed. Make a new one.");

    /// <summary>A caller lets go of a value.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="id">The id.</param>
    public ValueTask ReleaseAsync<T>(ulong id) => _held.TryRemove(id, out object? held) ? ((Held<T>)held).Reference.DropHolderAsync() : default;

    /// <summary>A value that a caller holds.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="Reference">The reference.</param>
    /// <param name="WriteValue">Writes the value; null when its type cannot travel.</param>
    internal sealed record Held<T>(LocalRef<T> Reference, WireWrite<T>? WriteValue);
}
