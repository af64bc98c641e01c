using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>Routes the calls of one remote object: it lives in one worker, and when that is gone so is the object.</summary>
/// <param name="connection">The connection to the worker.</param>
/// <param name="id">The object's id.</param>
/// <param name="name">The object's name; null for an anonymous one.</param>
internal sealed class ObjectRouter(WorkerConnection connection, ulong id, string? name) : ICallRouter
{
    /// <inheritdoc/>
    public bool IsBound => true;

    /// <inheritdoc/>
    public bool TryGetRoute(out CallRoute route)
    {
        route = new CallRoute(connection.Calls, id);
        return connection.IsOpen;
    }

    /// <inheritdoc/>
    public async ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
    {
        Exception loss = await connection.Loss.WaitAsync(cancellationToken).ConfigureAwait(false);
        string what = name is null
            ? "The remote object went with its connection; create it again."
            : $"The connection to the remote object '{name}' is lost; attach to it again, or create it again when its worker has ended.";
        if (loss is WorkerLostException lost)
            throw WorkerLossCopy.Of($"{what} {lost.Message}", lost);
        throw new HostUnreachableException($"{what} {loss.Message}", loss);
    }
}
