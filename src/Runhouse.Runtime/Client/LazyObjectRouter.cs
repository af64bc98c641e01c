using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>
/// Routes the calls of an object that its first call creates. One that was lost with its worker is created anew, if nobody else holds it; one whose state is kept is found again where it is.
/// </summary>
/// <param name="construct">Creates the object, or finds it, which ends when nobody waits for it any more, but for what it says is worth its end.</param>
/// <param name="isFollowing">Whether the object's state is kept, so that it may be in another worker from one call to the next.</param>
internal sealed class LazyObjectRouter(Func<SharedAttempt, Task<(WorkerConnection Connection, ulong Id)>> construct, bool isFollowing) : ICallRouter
{
    private readonly SharedTask<Created> _creating = new(static created => created.IsGood, endsWithWaiters: true);
    private readonly Lock _closing = new();
    private volatile Created? _created;
    private volatile bool _closed;
    private bool _delete;

    /// <inheritdoc/>
    public bool IsFollowing => isFollowing;

    /// <summary>The object's id, the same in whichever worker it is; null while it has not been created.</summary>
    public ulong? ObjectId => _created?.Id;

    /// <summary>Whether its handle has been closed.</summary>
    public bool IsClosed => _closed;

    /// <summary>Begins with an object that is there.</summary>
    /// <param name="connection">The connection to its worker; its handles count this one.</param>
    /// <param name="id">The object's id.</param>
    public LazyObjectRouter At(WorkerConnection connection, ulong id)
    {
        _created = new Created(connection, id);
        return this;
    }

    /// <inheritdoc/>
    public void OnMoved(string worker)
    {
        if (_created is { } created && created.Connection.Worker.WorkerId == worker && created.TryLeave())
            created.Connection.Calls.Handles.Drop();
    }

    /// <inheritdoc/>
    public bool TryGetRoute(out CallRoute route)
    {
        if (_created is { IsGood: true } created && !_closed)
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
        Created created = await _creating.GetInPartsAsync(ConstructAsync, cancellationToken).ConfigureAwait(false);
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

        if (created?.TryLeave() == true)
            await created.Connection.Calls.CloseHandleAsync(created.Id, delete, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Created> ConstructAsync(SharedAttempt attempt)
    {
        (WorkerConnection connection, ulong id) = await construct(attempt).ConfigureAwait(false);
        var created = new Created(connection, id);
        lock (_closing)
        {
            if (!_closed)
                return _created = created;
        }

        await connection.Calls.CloseHandleAsync(id, _delete, attempt.Token).ConfigureAwait(false);
        throw new ObjectDisposedException(typeof(RemoteObject).FullName);
    }

    /// <summary>An object in a worker.</summary>
    private sealed class Created(WorkerConnection connection, ulong id)
    {
        private int _hasLeft;

        public WorkerConnection Connection => connection;

        public ulong Id => id;

        public bool IsGood => connection.IsOpen && Volatile.Read(ref _hasLeft) == 0;

        /// <summary>The object is no longer there, or needed no more: true for the first who says so, and lets go of the connection.</summary>
        public bool TryLeave() => Interlocked.Exchange(ref _hasLeft, 1) == 0;
    }
}
