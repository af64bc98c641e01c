using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Providers;

namespace Runhouse;

/// <content>The calls that run on a cluster, whoever made them.</content>
public sealed partial class Cluster
{
    /// <summary>The calls of all hosts. Nothing is started, and looking keeps no host up.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<ClusterHostCalls>> CallsAsync(CancellationToken cancellationToken = default)
    {
        Provider provider = Connections().ProviderOf(Spec);
        return await Task.WhenAll(Enumerable.Range(0, HostCount).Select(CallsOfAsync)).ConfigureAwait(false);

        async Task<ClusterHostCalls> CallsOfAsync(int host)
        {
            string name = Spec.Hosts[host];
            try
            {
                using HostClient? client = await provider.FindHostAsync(Spec, host, cancellationToken).ConfigureAwait(false);
                if (client is null)
                    return new ClusterHostCalls(name, ClusterHostState.Down);
                CallListing listing = await HostCalls.ListAsync(client, cancellationToken).ConfigureAwait(false);
                return new ClusterHostCalls(name, ClusterHostState.Up) { Calls = listing.Calls, Unlisted = listing.Unlisted, SilentWorkers = listing.Silent };
            }
            catch (RemoteException e)
            {
                return new ClusterHostCalls(name, ClusterHostState.Unknown) { Problem = e.Message, IsRefused = e is CredentialsException };
            }
        }
    }

    /// <summary>
    /// Cancels a call, whoever made it: its token is cancelled where it runs, and its caller gets a <see cref="CallCancelledException"/> that names this process. Nothing is started.
    /// </summary>
    /// <param name="callId">The call's id, as lists, errors and logs give it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">No such call is in flight on a host of the cluster.</exception>
    /// <exception cref="HostUnreachableException">A host that may have the call cannot be reached.</exception>
    public async Task CancelAsync(string callId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(callId);
        Provider provider = Connections().ProviderOf(Spec);
        RemoteException? failure = null;
        for (int host = 0; host < HostCount; host++)
        {
            try
            {
                using HostClient? client = await provider.FindHostAsync(Spec, host, cancellationToken).ConfigureAwait(false);
                if (client is null)
                    continue;
                await HostCalls.CancelAsync(client, callId, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RemoteException e)
            {
                // Another host may have it. One that cannot be asked says more than one that does not.
                if (failure is null or RemoteNotFoundException)
                    failure = e;
            }
        }

        throw failure ?? new RemoteNotFoundException($"No host of cluster '{Name}' runs, so that there is no call '{callId}' to cancel.");
    }
}
