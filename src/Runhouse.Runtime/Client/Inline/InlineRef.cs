using Runhouse.Protocol;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>A reference as the caller of an inline call holds it: as far away as a worker would be, unless remote code is the caller.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="values">The values that references lead to.</param>
/// <param name="limits">What is accepted.</param>
/// <param name="id">The id under which the value is found.</param>
/// <param name="readValue">Reads the value; null when its type cannot travel.</param>
internal sealed class InlineRef<T>(InlineValues values, WireLimits limits, ulong id, WireRead<T>? readValue) : RemoteRef<T>, IInlineRef
{
    private int _isDisposed;

    /// <summary>The value with what writes it.</summary>
    public InlineValues.Held<T> Held
    {
        get
        {
            if (Volatile.Read(ref _isDisposed) == 1)
                throw new ObjectDisposedException($"RemoteRef<{typeof(T).Name}>", "This reference has been disposed, and its value with it. Dispose it behind the last call that needs it.");
            return values.Find<T>(id);
        }
    }

    /// <inheritdoc/>
    public override bool IsLocal => RemoteContext.Current is InlineContext;

    /// <inheritdoc/>
    public override T Value => IsLocal ? Held.Reference.Value : throw new InvalidOperationException(
        $"The value of this RemoteRef<{typeof(T).Name}> would be in a worker (this is inline mode). Get a copy with FetchAsync(), or pass the reference to a remote function that reads its Value there.");

    /// <inheritdoc/>
    ILentRef IInlineRef.Local => Held.Reference;

    /// <inheritdoc/>
    public override ValueTask<T> FetchAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        InlineValues.Held<T> held = Held;
        if (IsLocal)
            return held.Reference.FetchAsync(cancellationToken);
        if (held.WriteValue is not { } write || readValue is null)
            throw new NotSupportedException($"{typeof(T)} cannot travel, so that a reference to one cannot be fetched. Pass it to a remote function that reads its Value and returns what you need.");
        var received = new InlineReceived(values, limits);
        return new(InlineCodec.Decode(InlineCodec.Encode(held.Reference.Value, write, limits, new InlineHandedOut(values)), readValue, limits, received));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, 1) == 0 ? values.ReleaseAsync(id) : default;
}

/// <summary>A reference of an inline call, whatever its type.</summary>
internal interface IInlineRef
{
    /// <summary>The reference that it leads to.</summary>
    ILentRef Local { get; }
}
