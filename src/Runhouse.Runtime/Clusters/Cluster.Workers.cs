using System.Runtime.CompilerServices;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Providers;

namespace Runhouse;

/// <summary>What runs on a cluster: status, logs, and the end of a worker.</summary>
public sealed partial class Cluster
{
    /// <summary>The cluster as it is now. Nothing is started, and looking keeps no host up.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        Provider provider = Connections().ProviderOf(Spec);
        ClusterHostStatus[] hosts = await Task.WhenAll(Enumerable.Range(0, HostCount).Select(host => StatusAsync(provider, host, cancellationToken))).ConfigureAwait(false);
        Allocation? allocation = await AllocationAsync(provider as AllocationProvider, cancellationToken).ConfigureAwait(false);
        if (allocation is { State: AllocationState.Queued })
            hosts = [.. hosts.Select(static host => host.State == ClusterHostState.Down ? host with { State = ClusterHostState.Queued } : host)];
        var leased = provider as OnDemandProvider;
        StoppedCost? stopped = leased?.StoppedCostOf(Spec);
        if (stopped is not null)
            hosts = [.. hosts.Select(static host => host.State == ClusterHostState.Down ? host with { State = ClusterHostState.Stopped } : host)];
        return new ClusterStatus(Name, Spec.Provider, hosts) { Cost = leased?.CostOf(Spec), Stopped = stopped, Allocation = allocation };
    }

    /// <summary>Reads the logs of a cluster's host: its own, and what its workers wrote. Reading keeps no host up, and starts none.</summary>
    /// <param name="source">The id of a worker, or <c>host</c> for the host's own; null for all.</param>
    /// <param name="tail">How many of the lines that are there already, of each log.</param>
    /// <param name="follow">Whether to go on with the lines that come, until the host ends.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="HostUnreachableException">No host runs, or its machine cannot be reached.</exception>
    /// <exception cref="RemoteNotFoundException">The host has no log of that name.</exception>
    public async IAsyncEnumerable<HostLogLine> LogsAsync(
        string? source = null, int tail = 100, bool follow = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tail);
        using HostClient host = await RunningHostAsync(cancellationToken).ConfigureAwait(false);
        await foreach (HostLogLine line in host.GetLogsAsync(source, tail, follow, cancellationToken).ConfigureAwait(false))
            yield return line;
    }

    /// <summary>Ends a worker at once: the objects in it are lost, and its calls in flight fail with a <see cref="WorkerLostException"/>. Others go on.</summary>
    /// <param name="worker">The name of a process (<c>InProcess</c>), or the id of a worker.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The worker as it was.</returns>
    /// <exception cref="RemoteNotFoundException">The host has no such worker.</exception>
    /// <exception cref="ArgumentException">Several applications have a process of that name; the message has their ids.</exception>
    /// <exception cref="HostUnreachableException">No host runs, or its machine cannot be reached.</exception>
    public async Task<WorkerStatus> KillAsync(string worker, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(worker);
        using HostClient host = await RunningHostAsync(cancellationToken).ConfigureAwait(false);
        WorkerStatus found = WorkerNames.Find((await host.GetStatusAsync(cancellationToken).ConfigureAwait(false)).Workers, worker);
        await host.KillWorkerAsync(found.Id, cancellationToken).ConfigureAwait(false);
        return found;
    }

    // One that does not answer has said so of each host.
    private async Task<Allocation?> AllocationAsync(AllocationProvider? provider, CancellationToken cancellationToken)
    {
        try
        {
            return provider is null ? null : await provider.FindAsync(Spec, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HostUnreachableException or CredentialsException)
        {
            return null;
        }
    }

    private async Task<HostClient> RunningHostAsync(CancellationToken cancellationToken)
        => await Connections().ProviderOf(Spec).FindHostAsync(Spec, HostIndex, cancellationToken).ConfigureAwait(false)
            ?? throw new HostUnreachableException($"No host of cluster '{Name}' runs on {Spec.Hosts[HostIndex]}. Bring it up (UpIfNotAsync, or runhouse up {Name}).");

    private async Task<ClusterHostStatus> StatusAsync(Provider provider, int host, CancellationToken cancellationToken)
    {
        string name = Spec.Hosts[host];
        try
        {
            if (await provider.FindHostAsync(Spec, host, cancellationToken).ConfigureAwait(false) is not { } client)
                return new ClusterHostStatus(name, ClusterHostState.Down);
            using (client)
                return new ClusterHostStatus(name, ClusterHostState.Up) { Status = await client.GetStatusAsync(cancellationToken).ConfigureAwait(false) };
        }
        catch (RemoteException e)
        {
            return new ClusterHostStatus(name, ClusterHostState.Unknown) { Problem = e.Message, IsRefused = e is CredentialsException };
        }
    }
}
