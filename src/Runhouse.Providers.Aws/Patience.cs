using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Aws;

/// <summary>Sends requests again that got no answer or were told "later": those that change nothing, or nothing twice.</summary>
/// <param name="timing">How often, and with which pauses.</param>
/// <param name="time">The clock.</param>
internal sealed class Patience(AwsTiming timing, TimeProvider time)
{
    /// <summary>Sends a request until there is an answer.</summary>
    /// <param name="request">Sends it.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        Pauses pauses = NewPauses();
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await request(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (tries < timing.Tries && AwsFault.IsOfRequest(exception, cancellationToken) && AwsFault.ToFailure(exception).Failure == ProvisioningFailure.Throttled)
            {
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for a while that nobody stops.</summary>
    /// <param name="pause">How long.</param>
    public Task WaitAsync(TimeSpan pause) => Task.Delay(pause, time, CancellationToken.None);

    /// <summary>Growing pauses, the first one next.</summary>
    public Pauses NewPauses() => new(timing, time);
}
