using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Waits until what a request has begun is done.</summary>
/// <param name="api">The API.</param>
/// <param name="patience">How requests are sent again.</param>
internal sealed class Operations(IComputeApi api, Patience patience)
{
    /// <summary>Waits for an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="limit">How long.</param>
    /// <param name="cancellationToken">Stops waiting; the operation goes on.</param>
    /// <exception cref="ComputeException">It has failed.</exception>
    /// <exception cref="TimeoutException">It is not done.</exception>
    public async Task WaitAsync(Operation operation, TimeSpan limit, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        while (operation.Status != "DONE")
        {
            if (pauses.Elapsed > limit)
                throw new TimeoutException($"the operation {operation.Name} was not done within {limit}");
            try
            {
                Operation now = operation;
                operation = await patience.AskAsync(token => api.WaitAsync(now, token), cancellationToken).ConfigureAwait(false);
            }
            catch (ComputeException exception) when (exception.IsNotFound)
            {
                // Forgotten, as old ones are. What it was about says how it went.
                return;
            }

            // The API waits itself, but may answer at once when it has much to do.
            if (operation.Status != "DONE")
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (operation.Error is { } error)
            throw ComputeException.Of(operation, error);
    }
}
