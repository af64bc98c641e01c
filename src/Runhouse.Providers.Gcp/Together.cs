using Runhouse.Providers.Gcp.Api;

namespace Runhouse.Providers.Gcp;

/// <summary>Machines that are all had or none.</summary>
internal static class Together
{
    /// <summary>Waits until all have ended. The first that fails stops the others, which would be undone all the same.</summary>
    /// <param name="starts">One for each machine.</param>
    /// <param name="stop">Stops them.</param>
    /// <returns>The first that has failed; null when none has.</returns>
    public static async Task<Task<Instance>?> FindFailedAsync(IEnumerable<Task<Instance>> starts, CancellationTokenSource stop)
    {
        Task<Instance>? failed = null;
        await foreach (Task<Instance> start in Task.WhenEach(starts).ConfigureAwait(false))
        {
            if (start.IsCompletedSuccessfully || failed is not null)
                continue;
            failed = start;
            await stop.CancelAsync().ConfigureAwait(false);
        }

        return failed;
    }
}
