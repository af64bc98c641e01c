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
            AllocationSite site;
            try
            {
                site = await scheduler.GetSiteAsync(cancellationToken).ConfigureAwait(false);
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
                    collected.Add(await CollectAsync(scheduler, site, allocation, isDryRun, cancellationToken).ConfigureAwait(false));
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

    private async Task<CollectedMachine> CollectAsync(IScheduler scheduler, AllocationSite site, Allocation allocation, bool isDryRun, CancellationToken cancellationToken)
    {
        LeasedMachine machine = MachineOf(allocation);
        using FileStream? taken = store.TryTake(allocation.Cluster);
        if (taken is null)
            return new CollectedMachine(machine, CollectOutcome.Busy);
        if (clusters.Find(allocation.Cluster) is { } cluster && cluster.Provider == scheduler.Name)
        {
            // A site may have two names, by an address or a controller that it had before: what is the cluster's own may be this one.
            if (cluster.Site is { } its && its.Id != site.Id)
                return new CollectedMachine(machine, CollectOutcome.InUse) { Problem = Undecided(cluster, its, site) };
            if (AllocationKeeper.NameOf(owner(), cluster) == allocation.Name)
            {
                // A request that its callers have left: each of them would have given it back by now, or at once.
                using FileStream? unwanted = allocation.State == AllocationState.Queued && !allocation.IsHeld && (AllocationKeeper.IsHopeless(allocation) || time.GetUtcNow() - allocation.SubmittedAt > queueTime)
                    ? store.TryTakeWaits(allocation.Cluster)
                    : null;
                if (unwanted is null)
                    return new CollectedMachine(machine, CollectOutcome.InUse);
                return await EndAsync().ConfigureAwait(false);
            }
        }

        return await EndAsync().ConfigureAwait(false);

        async Task<CollectedMachine> EndAsync()
        {
            if (!isDryRun)
                await scheduler.EndAsync(allocation, cancellationToken).ConfigureAwait(false);
            return new CollectedMachine(machine, CollectOutcome.Ended);
        }
    }

    private static string Undecided(ClusterSpec cluster, AllocationSite its, AllocationSite here)
        => $"kept: cluster '{cluster.Name}' is saved as {its.Id} ({its.Way}), and this is {here.Id} ({here.Way}), which may be the same by another name. "
        + $"Collect with what led there; or take the cluster down, or off the list where it is gone for good (runhouse down {cluster.Name} --forget), and collect again.";

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
