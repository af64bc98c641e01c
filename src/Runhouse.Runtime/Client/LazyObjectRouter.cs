using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>Routes the calls of an object that its first call creates. One that was lost with its worker is created anew: nobody else holds it.</summary>
/// <param name="construct">Creates the object.</param>
internal sealed class LazyObjectRouter(Func<CancellationToken, Task<(WorkerConnection Connection, ulong Id)>> construct) : ICallRouter
{
    private readonly SharedTask<Created> _creating = new(static created => created.Connection.IsOpen);
    private readonly Lock _closing = new();
    private volatile Created? _created;
    private volatile bool _closed;
    private bool _delete;

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
        return new CallRoute(created.Connection.Calls, created.Id);
    }

    /// <summary>Closes the handle of the object, if one was created. One that is being created is closed as soon as it is there.</summary>
    /// <param name="delete">Whether it goes even when it has a name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task CloseAsync(bool delete, CancellationToken cancellationToken)
    {
        Created? created;
        lock (_closing)
        {
            if (_closed)
                return;
            (_closed, _delete, created) = (true, delete, _created);
        }

        if (created is not null)
            await created.Connection.Calls.CloseHandleAsync(created.Id, delete, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Created> ConstructAsync(CancellationToken cancellationToken)
    {
        (WorkerConnection connection, ulong id) = await construct(cancellationToken).ConfigureAwait(false);
        var created = new Created(connection, id);
        lock (_closing)
        {
            if (!_closed)
                return _created = created;
        }

        await connection.Calls.CloseHandleAsync(id, _delete, cancellationToken).ConfigureAwait(false);
        throw new ObjectDisposedException(typeof(RemoteObject).FullName);
    }

    private sealed record Created(WorkerConnection Connection, ulong Id);
}
