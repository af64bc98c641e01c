namespace Runhouse.Providers.Gcp;

/// <summary>Pauses that grow, and how much time has gone since the first could begin.</summary>
/// <param name="timing">How long they are.</param>
/// <param name="time">The clock.</param>
internal sealed class Pauses(GcpTiming timing, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _next = timing.FirstPause;

    /// <summary>How much time has gone.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Waits for the next pause, more or less: those who began together do not come back together.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = _next * (0.75 + (Random.Shared.NextDouble() / 4));
        _next = _next * 1.5 < timing.LongestPause ? _next * 1.5 : timing.LongestPause;
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
    }
}
