using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client;

/// <summary>The handle of an object that its first call creates.</summary>
/// <param name="router">Routes and creates.</param>
/// <param name="name">The object's name; null for an anonymous one.</param>
/// <param name="target">Where its calls go.</param>
internal sealed class LazyObjectHandle(LazyObjectRouter router, string? name, RemoteTarget target) : RemoteObjectHandle
{
    /// <inheritdoc/>
    public override string? Name => name;

    /// <inheritdoc/>
    public override RemoteTarget Target => target;

    /// <inheritdoc/>
    public override Task DeleteAsync(CancellationToken cancellationToken) => router.CloseAsync(delete: true, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync() => await router.CloseAsync(delete: false, CancellationToken.None).ConfigureAwait(false);
}
