using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>The handle of an object that its first call creates, or whose state is kept, so that it may be in another worker from one call to the next.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="router">Routes and creates.</param>
/// <param name="name">The object's name; null for an anonymous one.</param>
/// <param name="target">Where its calls go.</param>
internal sealed class LazyObjectHandle(ClusterConnection cluster, LazyObjectRouter router, string? name, RemoteTarget target) : RemoteObjectHandle
{
    /// <inheritdoc/>
    public override string? Name => name;

    /// <inheritdoc/>
    public override RemoteTarget Target => target;

    /// <inheritdoc/>
    internal override async Task<SpawnedCall> SpawnAsync(DetachedCall call, RecordedCall recorded, CancellationToken cancellationToken)
    {
        if (!router.TryGetRoute(out CallRoute route))
            route = await router.GetRouteAsync(cancellationToken).ConfigureAwait(false);
        return await SpawnedCall.SpawnAsync(
            cluster, WorkerChoice.Plain, call with { Worker = route.Connection.WorkerId, ObjectId = route.ObjectId, ObjectName = name }, recorded, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(CancellationToken cancellationToken)
    {
        // Its state is kept, so that it is there when its worker is not: its host deletes it.
        if (router.IsFollowing && router.ObjectId is { } id && !router.IsClosed)
            await cluster.DeleteAsync(name!, id, cancellationToken).ConfigureAwait(false);
        await router.CloseAsync(delete: !router.IsFollowing, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync() => await router.CloseAsync(delete: false, CancellationToken.None).ConfigureAwait(false);
}
