namespace Runhouse.Protocol.Connections;

/// <summary>Finds the connection for each call: a target outlives its connections, and an object may be created by its first call.</summary>
public interface ICallRouter
{
    /// <summary>Whether all calls go over one connection, as those of an object do: with the connection there is nowhere left to call.</summary>
    bool IsBound => false;

    /// <summary>Whether the object may be in another worker from one call to the next.</summary>
    bool IsFollowing => false;

    /// <summary>A call has found that its object is in another worker by now: the next route leads there.</summary>
    /// <param name="worker">The worker where the call went.</param>
    void OnMoved(string worker)
    {
    }

    /// <summary>The route when one is open now; asked on every call, so it must be cheap.</summary>
    /// <param name="route">The route.</param>
    bool TryGetRoute(out CallRoute route);

    /// <summary>Connects, and creates the object where needed.</summary>
    /// <param name="cancellationToken">The token of the call that waits.</param>
    ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken);
}
