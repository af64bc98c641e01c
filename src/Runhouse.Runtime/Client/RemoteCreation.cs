using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>
/// The creation of one remote object, from its constructor's arguments to its proxy. Generated code writes the arguments to <see cref="Call"/>, sends
/// it, and hands what the sending returned to <see cref="CompleteAsync"/>.
/// </summary>
public abstract class RemoteCreation
{
    /// <summary>The constructor's call.</summary>
    public abstract OutgoingCall<ulong> Call { get; }

    /// <summary>Makes the proxy once the constructor's call has ended.</summary>
    /// <typeparam name="TProxy">The proxy's type.</typeparam>
    /// <param name="created">The constructor's call.</param>
    /// <param name="proxy">Makes the proxy.</param>
    public async Task<TProxy> CompleteAsync<TProxy>(ValueTask<ulong> created, Func<RemoteObjectHandle, TProxy> proxy)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        return proxy(await CompleteAsync(created).ConfigureAwait(false));
    }

    /// <summary>Makes the handle once the constructor's call has ended.</summary>
    /// <param name="created">The constructor's call.</param>
    internal abstract Task<RemoteObjectHandle> CompleteAsync(ValueTask<ulong> created);
}
