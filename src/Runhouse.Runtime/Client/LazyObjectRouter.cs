using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>Routes the calls of an object that its first call creates. One that was lost with its worker is created anew: nobody else holds it.</summary>
/// <param name="construct">Creates the object.</param>
internal sealed class LazyObjectRouter(Func<CancellationToken, Task<(WorkerConnection Connection, ulong Id)>> construct) : ICallRouter
{
    private readonly SharedTask<Created> _creating = new(static created => created.Connection.IsOpen);
    private volatile Created? _created;
    private volatile bool _closed;

    /// <inheritdoc/>
    public bool TryGetRoute(out CallRoute route)
    {
        if (_created is { Connection.IsOpen: true } created && !_closed)
        {
            route = new CallRoute(created.Connection.Calls, created.Id);
            return true;
        }

        route = default;
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(RemoteObject));
        Created created = await _creating.GetAsync(ConstructAsync, cancellationToken).ConfigureAwait(false);
        _created = created;
        return new CallRoute(created.Connection.Calls, created.Id);
    }

    /// <summary>Closes the handle of the object, if one was created.</summary>
    /// <param name="delete">Whether it goes even when it has a name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task CloseAsync(bool delete, CancellationToken cancellationToken)
    {
        if (_closed)
            return;
        _closed = true;
        if (_created is { } created)
            await created.Connection.CloseHandleAsync(created.Id, delete, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Created> ConstructAsync(CancellationToken cancellationToken)
    {
        (WorkerConnection connection, ulong id) = await construct(cancellationToken).ConfigureAwait(false);
        return new Created(connection, id);
    }

    private sealed record Created(WorkerConnection Connection, ulong Id);
}
