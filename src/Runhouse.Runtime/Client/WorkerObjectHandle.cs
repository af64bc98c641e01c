using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>A live reference to a remote object in a worker. The session ends what is never disposed, so that no finalizer is needed.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="connection">The connection to the worker.</param>
/// <param name="id">The object's id.</param>
/// <param name="name">The object's name; null for an anonymous one.</param>
/// <param name="target">Where its calls go.</param>
internal sealed class WorkerObjectHandle(ClusterConnection cluster, WorkerConnection connection, ulong id, string? name, RemoteTarget target) : RemoteObjectHandle
{
    private int _released;

    /// <inheritdoc/>
    public override string? Name => name;

    /// <inheritdoc/>
    public override RemoteTarget Target => target;

    /// <inheritdoc/>
    internal override Task<SpawnedCall> SpawnAsync(DetachedCall call, RecordedCall recorded, CancellationToken cancellationToken) => SpawnedCall.SpawnAsync(
        cluster, WorkerChoice.Plain, call with { Worker = connection.Worker.WorkerId, ObjectId = id, ObjectName = name }, recorded, cancellationToken);

    /// <inheritdoc/>
    public override async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            await connection.Calls.CloseHandleAsync(id, delete: true, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            await connection.Calls.CloseHandleAsync(id, delete: false, CancellationToken.None).ConfigureAwait(false);
    }
}
