namespace Runhouse.Runtime.Clouds;

/// <summary>Pauses that grow, and how much time has gone since the first could begin.</summary>
public sealed class Pauses
{
    private readonly TimeSpan _longest;
    private readonly TimeProvider _time;
    private readonly long _start;
    private TimeSpan _next;

    /// <summary>Begins.</summary>
    /// <param name="timing">How long they are.</param>
    /// <param name="time">The clock.</param>
    public Pauses(CloudTiming timing, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(timing);
        ArgumentNullException.ThrowIfNull(time);
        (_next, _longest, _time, _start) = (timing.FirstPause, timing.LongestPause, time, time.GetTimestamp());
    }

    /// <summary>How much time has gone.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Waits for the next pause, more or less: those who began together do not come back together.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = _next * (0.75 + (Random.Shared.NextDouble() / 4));
        _next = _next * 1.5 < _longest ? _next * 1.5 : _longest;
        await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
    }
}
