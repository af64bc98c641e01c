using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers;

namespace Runhouse.Runtime.Allocations;

/// <summary>
/// Machines that a scheduler places. It is asked for them when somebody calls, and waited for in its queue; they end by themselves when they have had no work for their time, and
/// are asked for anew by the next call. One for each scheduler.
/// </summary>
internal sealed class AllocationProvider : Provider
{
    private const int MostEnded = 3;

    private static readonly TimeSpan SilencePause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LossPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LossDelay = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LossPatience = TimeSpan.FromSeconds(5);

    // What does not end when it is told to has its time (Slurm's KillWait and a pod's grace are 30 seconds), and is cleaned up behind.
    private static readonly TimeSpan LongestLoss = TimeSpan.FromSeconds(50);

    private readonly RunhouseOptions _options;
    private readonly Lazy<IScheduler> _scheduler;
    private readonly AllocationKeeper _keeper;
    private readonly MachineHosts _hosts;
    private readonly Func<string> _owner;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (ClusterSpec Cluster, Allocation Allocation, int Host)> _nodes = new(StringComparer.Ordinal);

    /// <summary>Makes the provider.</summary>
    /// <param name="name">The scheduler's name.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="runtimes">The runtimes for machines.</param>
    /// <param name="scheduler">The scheduler, made when it is first needed.</param>
    /// <param name="store">Whose locks keep two processes from asking for the same cluster at once.</param>
    /// <param name="clusters">The saved clusters.</param>
    /// <param name="owner">Who asks.</param>
    /// <param name="time">The clock.</param>
    public AllocationProvider(
        string name, RunhouseOptions options, ComposedRuntimes runtimes, Lazy<IScheduler> scheduler, LeaseStore store, ClusterStore clusters, Func<string> owner, TimeProvider time)
    {
        (Name, _options, _scheduler, _owner, _time) = (name, options, scheduler, owner, time);
        _keeper = new AllocationKeeper(scheduler, store, clusters, options.OnDemand, owner, time);
        _hosts = new MachineHosts(options, runtimes, Connect, time);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool SavesFirst => true;

    /// <inheritdoc/>
    public override bool Holds(ClusterSpec cluster) => _keeper.MayHold(cluster.Name);

    /// <inheritdoc/>
    public override async ValueTask<AllocationSite?> GetSiteAsync(CancellationToken cancellationToken) => await _keeper.GetSiteAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>What the scheduler has of a cluster, which has not ended, or not with all its nodes; null for nothing.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or the cluster's machines are at another site than the one that is asked here.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    public async Task<Allocation?> FindAsync(ClusterSpec cluster, CancellationToken cancellationToken)
        => await _keeper.FindAsync(cluster, cancellationToken).ConfigureAwait(false) is { } found && (found.State != AllocationState.Ended || found.IsHeld) ? found : null;

    /// <inheritdoc/>
    public override async Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        int ended = 0;
        long? silentSince = null;
        while (true)
        {
            Allocation allocation = await _keeper.GetAsync(cluster, host, progress, cancellationToken).ConfigureAwait(false);
            ClusterSpec placed = On(cluster, allocation);
            try
            {
                return await _hosts.GetHostAsync(placed, host, lost, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HostUnreachableException or CredentialsException or DeploymentException)
            {
                Allocation? now = await FindAfterAsync(e, cluster, host, cancellationToken).ConfigureAwait(false);
                if (now is not null && IsSame(now, allocation, host) && now.State == AllocationState.Running)
                {
                    // What begins a host on a node that is being taken away is ended with the rest there.
                    bool isOver = _time.GetElapsedTime(silentSince ??= _time.GetTimestamp()) > LongestSilence;
                    if (e is DeploymentException && (isOver || !now.IsPreempted))
                        throw;

                    // Its agent begins a moment after the node is there, and is gone a moment before the scheduler says that the node is.
                    if (isOver)
                        throw new HostUnreachableException($"Node {now.Nodes[host].Name} of {now} runs, as {Name} has it, and a host of cluster '{cluster.Name}' cannot be started there: {e.Message} Take the cluster down to have others (runhouse down {cluster.Name}).", e);
                    await Task.Delay(SilencePause, _time, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                // Taken down meanwhile, by another program or another part of this one: that is not undone here.
                if (now is null || (IsSame(now, allocation, host) && now.Loss == WorkerLossReason.Killed))
                    throw new HostUnreachableException($"{allocation} of cluster '{cluster.Name}' was ended while its host was looked for ({now?.Reason ?? "it is gone"}). Call again to ask for another one.", e);
                if (++ended == MostEnded)
                    throw new HostUnreachableException($"The nodes that {Name} gives to cluster '{cluster.Name}' end before their hosts answer; the last was {allocation}{(now.Reason.Length > 0 ? $" ({now.Reason})" : "")}: {e.Message}", e);
                (lost, silentSince) = (null, null);
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        if (await _keeper.FindAsync(cluster, host, cancellationToken).ConfigureAwait(false) is not { State: AllocationState.Running } allocation)
            return null;
        try
        {
            return await _hosts.FindHostAsync(On(cluster, allocation), host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HostUnreachableException or CredentialsException)
        {
            // Who looks changes nothing: the next call finds out that it has to ask for others.
            if (await _keeper.FindAsync(cluster, host, cancellationToken).ConfigureAwait(false) is { State: AllocationState.Running } now && IsSame(now, allocation, host))
                throw;
            return null;
        }
    }

    /// <inheritdoc/>
    public override async Task<KeptRecords> FindRecordsAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
        => await _keeper.FindAsync(cluster, host, cancellationToken).ConfigureAwait(false) is { State: AllocationState.Running } ? KeptRecords.There
            : _scheduler.Value.KeepsFolders ? KeptRecords.AtRest
            : KeptRecords.Gone;

    /// <inheritdoc/>
    public override async Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        // Nodes that were there before stay, without their hosts.
        if (await _keeper.FindAsync(cluster, cancellationToken).ConfigureAwait(false) is { } found && found.Nodes.Count == cluster.Hosts.Count && found.Nodes.All(static node => node.Agent.Length == 0))
        {
            for (int one = 0; one < found.Nodes.Count; one++)
            {
                if (found.For(one).State == AllocationState.Running)
                    await _hosts.DownAsync(On(cluster, found), one, cancellationToken).ConfigureAwait(false);
            }
        }

        return await _keeper.EndAsync(cluster, only: null, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        try
        {
            if (await _keeper.FindAsync(cluster, host, cancellationToken).ConfigureAwait(false) is { State: AllocationState.Running } allocation)
                return await _hosts.CheckAsync(On(cluster, allocation), host, cancellationToken).ConfigureAwait(false);
            return host > 0 ? [] : await _scheduler.Value.CheckAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteException or RunhouseConfigurationException)
        {
            return [new Finding(cluster.Name, FindingLevel.Bad, e.Message)];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync().ConfigureAwait(false);
        if (_scheduler.IsValueCreated)
            await _scheduler.Value.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsSame(Allocation now, Allocation allocation, int host) => now.Id == allocation.Id && (host >= now.Nodes.Count || now.Nodes[host].Id == allocation.Nodes[host].Id);

    // The nodes' hosts are known by allocation, number and the node's own id: a node may come again, within another allocation or anew in this one.
    private ClusterSpec On(ClusterSpec cluster, Allocation allocation)
    {
        if (allocation.Nodes.Count != cluster.Hosts.Count)
            throw new DeploymentException($"{allocation} of cluster '{cluster.Name}' has {allocation.Nodes.Count} nodes, and {cluster.Hosts.Count} were asked for. Take the cluster down, and call again (runhouse down {cluster.Name}).");
        string[] names = [.. allocation.Nodes.Select((node, host) => string.Create(CultureInfo.InvariantCulture, $"{allocation.Id}#{host}#{node.Id}"))];
        for (int host = 0; host < names.Length; host++)
            _nodes[names[host]] = (cluster, allocation, host);
        return cluster with
        {
            Hosts = names,
            Autostop = cluster.Autostop ?? _options.OnDemand.IdleTimeout,

            // Nodes of one user have one home, whichever of that user's programs asked for them: a host of another one is not to be found there, nor its state.
            HostFolder = AllocationKeeper.FolderOf(_owner(), cluster),
        };
    }

    private HostedMachine Connect(string name)
    {
        (ClusterSpec cluster, Allocation allocation, int host) = _nodes[name];
        AllocationNode node = allocation.Nodes[host];
        return new HostedMachine(_scheduler.Value.Connect(allocation, host))
        {
            Directory = node.Directory,
            DirectoryKey = $"Runhouse:{char.ToUpperInvariant(Name[0])}{Name[1..]}:Directory",
            Lease = node.Agent.Length > 0 ? new HostLease(node.Agent + "/lease", _options.OnDemand.LeaseTime) : null,
            Agent = node.Agent.Length > 0 ? node.Agent : null,
            MemoryShare = node.Memory,
            FindLossAsync = token => FindLossAsync(cluster, allocation, host, token),
        };
    }

    // What the scheduler has now that a host could not be had. Where it does not answer either, that is not what whoever calls has to know.
    private async Task<Allocation?> FindAfterAsync(Exception failure, ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        try
        {
            return await _keeper.FindAsync(cluster, host, cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteException) when (failure is DeploymentException)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    // Whoever calls sees the end of a node a moment before the scheduler does, and what it ends for is said by some schedulers only once it has: that is waited for, as long as they answer.
    private async Task<MachineLoss?> FindLossAsync(ClusterSpec cluster, Allocation allocation, int host, CancellationToken cancellationToken)
    {
        long since = _time.GetTimestamp();
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(LossPatience);
            Allocation? now = await _keeper.FindAsync(cluster, host, patience.Token).ConfigureAwait(false);

            // Also of one in whose place another call of this process has had another made since.
            if (_keeper.LossOf(allocation, host) is { } loss)
                return loss with { IsWanted = !_keeper.MayHold(cluster.Name) };
            if (now is null)
                return new MachineLoss(WorkerLossReason.Killed, $"{allocation} was taken down.") { IsWanted = !_keeper.MayHold(cluster.Name) };
            if (now is { IsPreempted: true, State: AllocationState.Running } && IsSame(now, allocation, host) && _time.GetElapsedTime(since) > LossDelay)
                return new MachineLoss(WorkerLossReason.Preempted, $"Its host is gone, and {allocation} has to leave its nodes to another one.") { IsComing = true };
            if (!IsSame(now, allocation, host) || now.State is not (AllocationState.Running or AllocationState.Ending)
                || _time.GetElapsedTime(since) > (now.State == AllocationState.Running ? LossDelay : LongestLoss))
                return null;
            await Task.Delay(LossPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }
}
