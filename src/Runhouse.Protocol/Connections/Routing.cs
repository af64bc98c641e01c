namespace Runhouse.Protocol.Connections;

/// <summary>Waits for the way to a worker, within the call's own timeout: a host that hangs must not hang its callers.</summary>
internal static class Routing
{
    /// <summary>Finds the route.</summary>
    /// <param name="target">Where the call goes.</param>
    /// <param name="member">The called member, for messages.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async ValueTask<CallRoute> ResolveAsync(ConnectionTarget target, string member, CancellationToken cancellationToken)
    {
        if (target.Settings.Timeout is not { } timeout)
            return await target.Router.GetRouteAsync(cancellationToken).ConfigureAwait(false);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            return await target.Router.GetRouteAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteTimeoutException(
                $"'{member}' was not sent: no worker could be reached within {TimeLimit.Text(timeout)}. Ask the host for its status, or raise the limit ({TimeLimit.Options}) if a first call has to deploy much.", error);
        }
    }
}
