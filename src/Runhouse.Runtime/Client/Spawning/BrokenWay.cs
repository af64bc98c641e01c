using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client.Spawning;

/// <summary>
/// For how long a host that has answered is asked again when the way to it breaks: as long as a call's session would be resumed. What waits for days meets more than one break.
/// </summary>
/// <param name="grace">The longest time without an answer.</param>
/// <param name="time">The clock.</param>
internal sealed class BrokenWay(TimeSpan grace, TimeProvider time)
{
    /// <summary>How long to wait before asking again; and what held for as long was a way.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private bool _hasAnswered;
    private long? _brokenSince;

    /// <summary>The host has answered.</summary>
    public void OnAnswer() => (_hasAnswered, _brokenSince) = (true, null);

    // It was connected, and the connection broke.
    private static bool WasThere(HostUnreachableException error) => error.InnerException is HttpRequestException
    {
        HttpRequestError: not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError),
    };

    /// <summary>Waits before the next question, where there is to be one.</summary>
    /// <param name="error">What the question ended with.</param>
    /// <param name="asked">When it was asked, as a timestamp.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether to ask again: the host has answered before, or held the question, and not for too long now.</returns>
    public async Task<bool> TryWaitAsync(HostUnreachableException error, long asked, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(asked) >= Pause && error.InnerException is not OperationCanceledException)
            OnAnswer();
        if (!_hasAnswered && !WasThere(error))
            return false;
        _hasAnswered = true;
        _brokenSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_brokenSince.Value) >= grace)
            return false;
        await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
