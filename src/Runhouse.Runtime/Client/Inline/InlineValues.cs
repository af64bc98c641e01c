using System.Collections.Concurrent;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The values that references of inline calls lead to.</summary>
internal sealed class InlineValues
{
    private readonly ConcurrentDictionary<ulong, object> _held = [];
    private readonly OwnReferences _passed = new();

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

    /// <summary>The id of a reference that is passed to a call; the call keeps it alive.</summary>
    /// <param name="reference">The reference.</param>
    public ulong Pass(ILentRef reference) => _passed.IdOf(reference);

    /// <summary>Finds a reference that a call is given.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="id">The id.</param>
    public LocalRef<T> FindPassed<T>(ulong id) => _passed.Find(id) as LocalRef<T> ?? throw Gone<T>();

    /// <summary>Finds what a caller holds.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="id">The id.</param>
    public Held<T> Find<T>(ulong id) => _held.TryGetValue(id, out object? held) && held is Held<T> found ? found : throw Gone<T>();

    /// <summary>Whoever held a value lets go of it, or nobody has ever received it.</summary>
    /// <param name="id">The id.</param>
    public ValueTask ReleaseAsync(ulong id) => _held.TryRemove(id, out object? held) ? ((IAsyncDisposable)held).DisposeAsync() : default;

    private static RemoteNotFoundException Gone<T>()
        => new($"The value of a RemoteRef<{typeof(T).Name}> is gone: the reference was disposed. Make a new one.");

    /// <summary>A value that a caller holds.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="Reference">The reference.</param>
    /// <param name="WriteValue">Writes the value; null when its type cannot travel.</param>
    internal sealed record Held<T>(LocalRef<T> Reference, WireWrite<T>? WriteValue) : IAsyncDisposable
    {
        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Reference.DropHolderAsync();
    }
}
