using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client;

/// <summary>Creates an object in a worker. It routes the constructor's call itself, and so knows whose object came of it.</summary>
/// <param name="workers">Routes to a worker of this process' deployment.</param>
internal sealed class WorkerCreation(DeploymentRouter workers) : RemoteCreation, ICallRouter
{
    private OutgoingCall<ulong> _call = null!;
    private Func<WorkerConnection, ulong, RemoteObjectHandle> _handle = null!;
    private WorkerConnection? _connection;

    /// <inheritdoc/>
    public override OutgoingCall<ulong> Call => _call;

    /// <summary>Begins the call of the constructor.</summary>
    /// <param name="call">The call, which goes where this routes it.</param>
    /// <param name="handle">Makes the handle.</param>
    public WorkerCreation Begin(OutgoingCall<ulong> call, Func<WorkerConnection, ulong, RemoteObjectHandle> handle)
    {
        (_call, _handle) = (call, handle);
        return this;
    }

    /// <summary>The connection and the id of the object, whose handle counts among those of the connection.</summary>
    /// <param name="created">The constructor's call.</param>
    public async Task<(WorkerConnection Connection, ulong Id)> FinishAsync(ValueTask<ulong> created)
    {
        try
        {
            ulong id = await created.ConfigureAwait(false);
            return (_connection!, id);
        }
        catch
        {
            _connection?.Calls.Handles.Drop();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGetRoute(out CallRoute route)
    {
        if (workers.Current is not { } connection)
        {
            route = default;
            return false;
        }

        route = Use(connection);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
        => Use(await workers.ConnectAsync(cancellationToken).ConfigureAwait(false));

    internal override async Task<RemoteObjectHandle> CompleteAsync(ValueTask<ulong> created)
    {
        (WorkerConnection connection, ulong id) = await FinishAsync(created).ConfigureAwait(false);
        return _handle(connection, id);
    }

    // Before the call is sent, so that a connection that nobody needs any more does not close between the object's creation and its handle's.
    private CallRoute Use(WorkerConnection connection)
    {
        _connection?.Calls.Handles.Drop();
        connection.Calls.Handles.Add();
        _connection = connection;
        return new CallRoute(connection.Calls, 0);
    }
}
