namespace Runhouse.Protocol.Connections;

/// <summary>Waits for the way to a worker, within the call's own timeout: a host that hangs must not hang its callers.</summary>
internal static class Routing
{
    /// <summary>Finds the route.</summary>
    /// <param name="target">Where the call goes.</param>
    /// <param name="member">The called member, for messages.</param>
    /// <param name="timeout">The time that the call has; null for no limit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The route, and the time that is left.</returns>
    public static async ValueTask<(CallRoute Route, TimeSpan? Left)> ResolveAsync(ConnectionTarget target, string member, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (timeout is not { } limit)
            return (await target.Router.GetRouteAsync(cancellationToken).ConfigureAwait(false), null);
        TimeProvider time = target.Settings.TimeProvider;
        long begin = time.GetTimestamp();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        try
        {
            CallRoute route = await target.Router.GetRouteAsync(deadline.Token).ConfigureAwait(false);
            return (route, TimeLimit.Left(limit, time.GetElapsedTime(begin)));
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteTimeoutException(
                $"'{member}' was not sent: no worker could be reached within {TimeLimit.Text(target.Settings.Timeout ?? limit)}. Ask the host for its status, or raise the limit ({TimeLimit.Options}) if a first call has to deploy much.", error);
        }
    }
}
