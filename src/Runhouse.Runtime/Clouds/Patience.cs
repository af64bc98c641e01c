namespace Runhouse.Runtime.Clouds;

/// <summary>Sends requests again that got no answer or were told "later": those that change nothing, or nothing twice. Thread-safe.</summary>
/// <param name="timing">How often, and with which pauses.</param>
/// <param name="isLater">Whether a request that failed is worth sending again: the caller has not given up, and the cloud did not answer or said "later".</param>
/// <param name="time">The clock.</param>
public sealed class Patience(CloudTiming timing, Func<Exception, CancellationToken, bool> isLater, TimeProvider time)
{
    /// <summary>Sends a request until there is an answer, or an error that is one, or it was sent <see cref="CloudTiming.Tries"/> times.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="request">Sends it.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Pauses pauses = NewPauses();
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await request(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (tries < timing.Tries && isLater(exception, cancellationToken))
            {
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for a while.</summary>
    /// <param name="pause">How long.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    /// <summary>Growing pauses, the first one next.</summary>
    public Pauses NewPauses() => new(timing, time);
}
