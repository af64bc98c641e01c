using Runhouse.Runtime.Choice;

namespace Runhouse.Runtime.Leases;

/// <summary>Stops the machines of leases and starts them again. Their disks stay, and so does the lease, whatever a process that dies in between leaves behind.</summary>
/// <param name="store">The leases.</param>
/// <param name="clouds">The clouds.</param>
/// <param name="time">The clock.</param>
internal sealed class LeasePower(LeaseStore store, CloudSet clouds, TimeProvider time)
{
    /// <summary>Stops the machines of a lease, or goes on with that; the caller holds its lock.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops waiting; the next command goes on with it.</param>
    /// <exception cref="DeploymentException">They are spot machines, which cannot be stopped.</exception>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or does not say that they have stopped.</exception>
    public async Task StopAsync(Lease lease, CancellationToken cancellationToken)
    {
        if (lease.IsSpot)
        {
            throw new DeploymentException(
                $"Cluster '{lease.Cluster}' has spot machines, which are bought once and cannot be stopped. Take it down (runhouse down {lease.Cluster}), or lease it without spot to stop it.");
        }

        IMachineCloud cloud = clouds.Of(lease.Offer.Provider);
        bool isRunning = (await cloud.FindLeaseAsync(lease.Offer.Region, lease.Id, cancellationToken).ConfigureAwait(false)).Any(static one => one.State is MachineState.Starting or MachineState.Running);
        if (lease.State != LeaseState.Stopped)
            store.Save(lease with { State = LeaseState.Stopping });
        await cloud.StopAsync(lease.Machines, cancellationToken).ConfigureAwait(false);
        SetStopped(lease, isAtMost: !isRunning);
    }

    /// <summary>Writes down that the machines of a lease have stopped; the caller holds its lock.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="isAtMost">Whether they had by now, and nobody knows since when.</param>
    public void SetStopped(Lease lease, bool isAtMost)
    {
        if (lease.State == LeaseState.Stopped)
            return;
        store.Ledger.Add(lease, time.GetUtcNow(), isAtMost);
        store.Save(lease with { State = LeaseState.Stopped, StoppedAt = time.GetUtcNow(), Answered = [] });
    }

    /// <summary>Starts the machines of a lease, or goes on with that; the caller holds its lock.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="progress">Is told what is tried.</param>
    /// <param name="cancellationToken">Stops trying; the next command goes on with it.</param>
    /// <exception cref="CapacityException">The cloud has no room for them now; no others are taken in their place.</exception>
    /// <exception cref="QuotaException">The account's quota does not allow it.</exception>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="DeploymentException">The cloud says that the request is wrong.</exception>
    public async Task<Lease> StartAsync(Lease lease, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        Lease starting = lease with { State = LeaseState.Starting, Starts = lease.Starts + 1, MadeAt = time.GetUtcNow(), Answered = [] };
        store.Save(starting);
        var starter = new Starter(starting, clouds.Of(lease.Offer.Provider), progress);
        try
        {
            IReadOnlyList<LeasedMachine> machines = (await new Failover<IReadOnlyList<LeasedMachine>>(_ => starter, time).StartAsync(lease.Candidate, lease.Cluster, cancellationToken).ConfigureAwait(false)).Machines;
            Lease held = starting with { State = LeaseState.Held, MadeAt = time.GetUtcNow(), Machines = [.. machines.OrderBy(static one => one.Index)] };
            store.Save(held);
            return held;
        }
        catch (Exception e) when (e is CapacityException or QuotaException or DeploymentException)
        {
            // What was started of them was stopped again before it said so. Credentials that are refused may have been so for that as well: then it is looked at next time.
            store.Save(starting with { State = LeaseState.Stopped, StoppedAt = lease.State == LeaseState.Stopped ? lease.StoppedAt : time.GetUtcNow() });
            throw;
        }
    }

    private sealed class Starter(Lease lease, IMachineCloud cloud, IProgress<ProvisioningProgress>? progress) : IMachineMaker<IReadOnlyList<LeasedMachine>>
    {
        public Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken)
        {
            progress?.Report(new ProvisioningProgress(candidate.ToString(), ProvisioningStage.Leasing));
            return cloud.TryStartAsync(lease.Machines, cancellationToken);
        }
    }
}
