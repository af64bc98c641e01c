using System.Runtime.ExceptionServices;

namespace Runhouse.Runtime.Leases;

/// <summary>Gives back the machines that carry this user's tag and belong to no lease. Found by the clouds' word, not by what is written down here.</summary>
/// <param name="store">The leases.</param>
/// <param name="keeper">Gives machines back.</param>
/// <param name="clouds">The clouds.</param>
/// <param name="stoppedTime">How long a machine stays stopped before it is given back.</param>
/// <param name="owner">Who leases.</param>
/// <param name="time">The clock.</param>
internal sealed class LeaseCollector(LeaseStore store, LeaseKeeper keeper, CloudSet clouds, TimeSpan stoppedTime, Func<string> owner, TimeProvider time)
{
    /// <summary>Collects.</summary>
    /// <param name="isDryRun">Whether it is only said what would be given back.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<IReadOnlyList<CollectedMachine>> CollectAsync(bool isDryRun, CancellationToken cancellationToken) => CollectAsync(isDryRun, isOptional: false, cancellationToken);

    /// <summary>Collects.</summary>
    /// <param name="isDryRun">Whether it is only said what would be given back.</param>
    /// <param name="isOptional">Whether it is no error that no cloud can be used from here, as long as no machine is known to be leased.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<CollectedMachine>> CollectAsync(bool isDryRun, bool isOptional, CancellationToken cancellationToken)
    {
        IReadOnlyList<IMachineCloud> usable;
        try
        {
            usable = await clouds.UsableAsync([], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (isOptional && store.Names().Count == 0 && e is CredentialsException or DeploymentException)
        {
            return [];
        }

        IReadOnlyList<LeasedMachine>[] found = await Task.WhenAll(usable.Select(cloud => cloud.FindAsync(owner(), cancellationToken))).ConfigureAwait(false);
        var collected = new List<CollectedMachine>();
        foreach (IGrouping<string, LeasedMachine> cluster in found.SelectMany(static machines => machines).GroupBy(static one => one.Cluster, StringComparer.Ordinal))
        {
            try
            {
                await CollectAsync(cluster.Key, [.. cluster], isDryRun, collected, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RemoteException or RunhouseConfigurationException or ArgumentException)
            {
                // The others cost money all the same.
                collected.AddRange(cluster.Select(one => new CollectedMachine(one, CollectOutcome.Failed) { Problem = e.Message }));
            }
        }

        HashSet<string> seen = [.. collected.Select(static one => one.Machine.Cluster)];
        ExceptionDispatchInfo? first = null;
        foreach (string name in store.Names().Where(name => !seen.Contains(name) && !isDryRun))
        {
            try
            {
                await TidyAsync(name, usable, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RemoteException or RunhouseConfigurationException)
            {
                // Said once the others are tidied.
                first ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        first?.Throw();
        return collected;
    }

    private async Task CollectAsync(string cluster, LeasedMachine[] machines, bool isDryRun, List<CollectedMachine> collected, CancellationToken cancellationToken)
    {
        using FileStream? taken = store.TryTake(cluster);
        if (taken is null)
        {
            collected.AddRange(machines.Select(static one => new CollectedMachine(one, CollectOutcome.Busy)));
            return;
        }

        // Read behind the list and under the lock: a lease that was made since has machines that are not in the list, and one that is gone since has none to keep.
        Lease? lease = store.Find(cluster);

        // The list may be minutes old: what had stopped then may have been started by another program since, and be in use.
        if (lease is { State: LeaseState.Held } && machines.Any(one => one.Lease == lease.Id && !IsUp(one)))
            machines = [.. machines.Where(one => one.Lease != lease.Id), .. await keeper.LookAsync(lease, cancellationToken).ConfigureAwait(false)];
        if (lease is not null && (lease.IsStopped || LeaseKeeper.HasStopped(lease, machines)) && !IsOver(lease))
        {
            await CollectStoppedAsync(lease, machines, isDryRun, collected, cancellationToken).ConfigureAwait(false);
            return;
        }

        bool isHeld = lease is { State: LeaseState.Held } && !HasStopped(lease, machines);
        HashSet<string> held = isHeld ? [.. lease!.Machines.Select(static one => one.Id)] : [];

        // One that has shut itself down is of no use to its lease any more, unless its disk is kept for it. Where the cloud keeps it, it is paid for.
        if (lease is not { KeepsDisk: true })
            held.ExceptWith(machines.Where(static one => one.State == MachineState.Stopped).Select(static one => one.Id));
        LeasedMachine[] leaked = [.. machines.Where(one => !held.Contains(one.Id))];
        if (!isDryRun)
        {
            // Of a process that died between the request and its answer, or while it gave them back; or of machines that nobody has called since they ended.
            if (lease is not null && !isHeld)
                await keeper.EndAsync(lease, cancellationToken).ConfigureAwait(false);
            foreach (IGrouping<string, LeasedMachine> provider in leaked.Where(one => one.Lease != lease?.Id || isHeld).GroupBy(static one => one.Provider, StringComparer.Ordinal))
                await clouds.Of(provider.Key).EndAsync([.. provider], cancellationToken).ConfigureAwait(false);
        }

        collected.AddRange(machines.Select(one => new CollectedMachine(one, !held.Contains(one.Id) ? CollectOutcome.Ended : one.State == MachineState.Stopped ? CollectOutcome.Stopped : CollectOutcome.InUse)));
    }

    // Its disks are kept. What runs of it is of a process that died while it stopped or started them, and is stopped.
    private async Task CollectStoppedAsync(Lease lease, LeasedMachine[] machines, bool isDryRun, List<CollectedMachine> collected, CancellationToken cancellationToken)
    {
        HashSet<string> kept = [.. lease.Machines.Select(static one => one.Id)];
        LeasedMachine[] leaked = [.. machines.Where(one => !kept.Contains(one.Id))];
        if (!isDryRun)
        {
            await keeper.StopAsync(lease, cancellationToken).ConfigureAwait(false);
            foreach (IGrouping<string, LeasedMachine> provider in leaked.GroupBy(static one => one.Provider, StringComparer.Ordinal))
                await clouds.Of(provider.Key).EndAsync([.. provider], cancellationToken).ConfigureAwait(false);
        }

        collected.AddRange(machines.Select(one => new CollectedMachine(one, kept.Contains(one.Id) ? CollectOutcome.Stopped : CollectOutcome.Ended)));
    }

    private bool IsOver(Lease lease) => lease.State == LeaseState.Stopped && time.GetUtcNow() - lease.StoppedAt > stoppedTime;

    private static bool HasStopped(Lease lease, LeasedMachine[] machines)
    {
        LeasedMachine[] own = [.. machines.Where(one => one.Lease == lease.Id)];
        return own.Length > 0 && own.All(static one => one.State == MachineState.Stopped);
    }

    private static bool IsUp(LeasedMachine machine) => machine.State is MachineState.Starting or MachineState.Running;

    // A lease without a machine in the list: they have ended by themselves, or were never made.
    private async Task TidyAsync(string cluster, IReadOnlyList<IMachineCloud> usable, CancellationToken cancellationToken)
    {
        using FileStream? taken = store.TryTake(cluster);
        if (taken is null || store.Find(cluster) is not { } lease)
            return;
        if (usable.All(one => one.Name != lease.Offer.Provider))
            throw new CredentialsException($"Cluster '{cluster}' has machines of {lease.Offer.Provider}, which cannot be asked from here: its credentials are missing, or this program does not have the provider. Give them and collect again; machines of the other providers were looked at.");

        // They may be there all the same, in a region that is not listed any more.
        IReadOnlyList<LeasedMachine> found = lease.State == LeaseState.Held || lease.IsStopped ? await keeper.LookAsync(lease, cancellationToken).ConfigureAwait(false) : [];
        if (lease.State == LeaseState.Held && LeaseKeeper.HasStopped(lease, found))
            await keeper.StopAsync(lease, cancellationToken).ConfigureAwait(false);
        else if (!found.Any(one => lease.KeepsDisk || lease.IsStopped || IsUp(one)))
            await keeper.EndAsync(lease, cancellationToken).ConfigureAwait(false);
    }
}
