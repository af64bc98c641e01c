using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Clusters;

/// <summary>Routes calls of functions and constructors to a worker of this process' deployment; a lost one is replaced by the next call.</summary>
/// <param name="connect">Connects to a worker, which ends when nobody waits for it any more, but for what it says is worth its end.</param>
internal sealed class DeploymentRouter(Func<SharedAttempt, Task<WorkerConnection>> connect) : ICallRouter
{
    private readonly SharedTask<WorkerConnection> _connecting = new(static connection => connection.IsOpen, endsWithWaiters: true);
    private volatile WorkerConnection? _last;

    /// <summary>The connection over which a call goes that is sent now; null when there is none.</summary>
    public WorkerConnection? Current => _last is { IsOpen: true } open ? open : null;

    /// <inheritdoc/>
    public bool TryGetRoute(out CallRoute route)
    {
        if (Current is { } open)
        {
            route = new CallRoute(open.Calls, 0);
            return true;
        }

        route = default;
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
        => new((await ConnectAsync(cancellationToken).ConfigureAwait(false)).Calls, 0);

    /// <summary>Connects to a worker.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<WorkerConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        WorkerConnection connection = await _connecting.GetInPartsAsync(connect, cancellationToken).ConfigureAwait(false);
        _last = connection;
        return connection;
    }
}
