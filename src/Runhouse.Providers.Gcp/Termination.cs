using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Ends machines, and waits until Compute Engine has them no more. Their disks go with them.</summary>
/// <param name="api">The API.</param>
/// <param name="operations">Waits for what was begun.</param>
/// <param name="patience">How requests are sent again.</param>
/// <param name="timing">How long machines are waited for.</param>
internal sealed class Termination(IComputeApi api, Operations operations, Patience patience, GcpTiming timing)
{
    /// <summary>Ends a machine; one that is gone is no error.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting; the machine may go on.</param>
    /// <exception cref="TimeoutException">It is not gone.</exception>
    public async Task EndAsync(string zone, string name, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        while (true)
        {
            try
            {
                Operation operation = await patience.AskAsync(token => api.DeleteInstanceAsync(zone, name, token), cancellationToken).ConfigureAwait(false);
                await operations.WaitAsync(operation, timing.EndLimit - pauses.Elapsed, cancellationToken).ConfigureAwait(false);
                await patience.AskAsync(token => api.GetInstanceAsync(zone, name, token), cancellationToken).ConfigureAwait(false);
            }
            catch (ComputeException exception) when (exception.IsNotFound)
            {
                return;
            }
            catch (Exception exception) when (IsLater(exception, cancellationToken) && pauses.Elapsed < timing.EndLimit)
            {
                // No answer is no news, and a machine that is being made or changed can be deleted in a while.
            }

            if (pauses.Elapsed > timing.EndLimit)
                throw new TimeoutException($"Compute Engine still has {name} after {timing.EndLimit}");
            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsLater(Exception exception, CancellationToken cancellationToken)
        => exception is not TimeoutException && ComputeFault.IsOfRequest(exception, cancellationToken) && ComputeFault.ToFailure(exception).Failure == ProvisioningFailure.Throttled;
}
