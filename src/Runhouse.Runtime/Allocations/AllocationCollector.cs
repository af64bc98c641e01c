using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Allocations;

/// <summary>Gives back what schedulers have for this user and no saved cluster asks for, and what has waited in vain and is waited for by nobody. Found by the schedulers' word, not by what is written down here.</summary>
/// <param name="schedulers">The schedulers.</param>
/// <param name="clusters">The saved clusters.</param>
/// <param name="store">Whose locks say that a cluster is being brought up or taken down.</param>
/// <param name="queueTime">How long a request may wait that nobody waits for.</param>
/// <param name="owner">Whose allocations.</param>
/// <param name="time">The clock.</param>
internal sealed class AllocationCollector(SchedulerSet schedulers, ClusterStore clusters, LeaseStore store, TimeSpan queueTime, Func<string> owner, TimeProvider time)
{
    /// <summary>Whether any scheduler can be used from here.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<bool> HasAnyAsync(CancellationToken cancellationToken) => (await schedulers.UsableAsync(cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Collects.</summary>
    /// <param name="isDryRun">Whether it is only said what would be given back.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The allocations, as machines, with what was done with each.</returns>
    public async Task<IReadOnlyList<CollectedMachine>> CollectAsync(bool isDryRun, CancellationToken cancellationToken)
    {
        var collected = new List<CollectedMachine>();
        foreach (IScheduler scheduler in await schedulers.UsableAsync(cancellationToken).ConfigureAwait(false))
        {
            IReadOnlyList<Allocation> allocations;
            string site;
            try
            {
                site = (await scheduler.GetSiteAsync(cancellationToken).ConfigureAwait(false)).Id;
                allocations = await scheduler.FindAllAsync(owner(), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RemoteException or RunhouseConfigurationException)
            {
                // What it may have is not known; that of the others is given back all the same.
                collected.Add(new CollectedMachine(Unknown(scheduler), CollectOutcome.Failed) { Problem = e.Message });
                continue;
            }

            foreach (Allocation allocation in allocations)
            {
                try
                {
                    collected.Add(new CollectedMachine(MachineOf(allocation), await CollectAsync(scheduler, site, allocation, isDryRun, cancellationToken).ConfigureAwait(false)));
                }
                catch (Exception e) when (e is RemoteException or RunhouseConfigurationException or ArgumentException)
                {
                    // The others are held from other people all the same.
                    collected.Add(new CollectedMachine(MachineOf(allocation), CollectOutcome.Failed) { Problem = e.Message });
                }
            }
        }

        return collected;
    }

    private async Task<CollectOutcome> CollectAsync(IScheduler scheduler, string site, Allocation allocation, bool isDryRun, CancellationToken cancellationToken)
    {
        using FileStream? taken = store.TryTake(allocation.Cluster);
        if (taken is null)
            return CollectOutcome.Busy;
        if (clusters.Find(allocation.Cluster) is { } cluster && cluster.Provider == scheduler.Name && (cluster.Site is null || cluster.Site.Id == site) && AllocationKeeper.NameOf(owner(), cluster) == allocation.Name)
        {
            // A request that its callers have left: each of them would have given it back by now, or at once.
            using FileStream? unwanted = allocation.State == AllocationState.Queued && !allocation.IsHeld && (AllocationKeeper.IsHopeless(allocation) || time.GetUtcNow() - allocation.SubmittedAt > queueTime)
                ? store.TryTakeWaits(allocation.Cluster)
                : null;
            if (unwanted is null)
                return CollectOutcome.InUse;
            if (!isDryRun)
                await scheduler.EndAsync(allocation, cancellationToken).ConfigureAwait(false);
            return CollectOutcome.Ended;
        }

        if (!isDryRun)
            await scheduler.EndAsync(allocation, cancellationToken).ConfigureAwait(false);
        return CollectOutcome.Ended;
    }

    private static LeasedMachine Unknown(IScheduler scheduler) => new() { Provider = scheduler.Name, Region = "", Zone = "", Id = "?", InstanceType = "", State = MachineState.Unknown };

    private static LeasedMachine MachineOf(Allocation allocation) => new()
    {
        Provider = allocation.Provider,
        Region = "",
        Zone = allocation.Place,
        Id = allocation.Id,
        InstanceType = allocation.Count == 1 ? "1 node" : FormattableString.Invariant($"{allocation.Count} nodes"),
        State = allocation.State switch
        {
            AllocationState.Queued => MachineState.Starting,
            AllocationState.Running => MachineState.Running,
            _ => MachineState.Ending,
        },
        StartedAt = allocation.StartedAt ?? allocation.SubmittedAt,
        Owner = allocation.Owner,
        Cluster = allocation.Cluster,
        Lease = allocation.Name,
    };
}
