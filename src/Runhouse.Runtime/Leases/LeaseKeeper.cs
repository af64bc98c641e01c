using System.Security.Cryptography;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Runtime.Leases;

/// <summary>
/// Leases the machines of clusters and gives them back. What a cloud may do without us is written down before it is asked: a process that dies at any step leaves a lease from
/// which the next one goes on, whether it brings the cluster up, takes it down or collects what nobody uses.
/// </summary>
/// <param name="store">The leases.</param>
/// <param name="clouds">The clouds.</param>
/// <param name="catalogue">The machines that there are.</param>
/// <param name="options">The configuration.</param>
/// <param name="owner">Who leases.</param>
/// <param name="time">The clock.</param>
internal sealed class LeaseKeeper(LeaseStore store, CloudSet clouds, Func<MachineCatalogue> catalogue, OnDemandOptions options, Func<string> owner, TimeProvider time)
{
    // Clouds know the token of a request for longer than that.
    private static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(30);

    private const int Looks = 3;

    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestUnseen = TimeSpan.FromMinutes(2);

    // For the request to be answered, not for the machine to be gone.
    private static readonly TimeSpan LongestTakenBack = TimeSpan.FromSeconds(5);

    private readonly LeasePower _power = new(store, clouds, time);
    private readonly LeaseVolumes _volumes = new(store, clouds, owner, time);

    /// <summary>The lease of a cluster whose machines were stopped, or are on the way there or back; null when there is none.</summary>
    /// <param name="cluster">The cluster.</param>
    public Lease? FindStopped(string cluster) => store.Find(cluster) is { IsStopped: true } lease ? lease : null;

    /// <summary>The lease of a cluster that has its machines; null when there is none.</summary>
    /// <param name="cluster">The cluster.</param>
    public Lease? Find(string cluster) => store.Find(cluster) is { State: LeaseState.Held } lease ? lease : null;

    /// <summary>Finds a cluster's machines, starts those that were stopped, or leases some.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="progress">Is told what is tried.</param>
    /// <param name="cancellationToken">Stops trying; what was asked for is given back by whoever comes next.</param>
    /// <exception cref="CapacityException">None are to be had.</exception>
    /// <exception cref="QuotaException">Every one that was tried was refused for a quota.</exception>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="DeploymentException">A provider says that the request is wrong, or this program has no provider.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer.</exception>
    public async Task<Lease> GetAsync(ClusterSpec cluster, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        if (Find(cluster.Name) is { } held)
            return held;
        using FileStream taken = await store.TakeAsync(cluster.Name, time, cancellationToken).ConfigureAwait(false);
        Lease? left = store.Find(cluster.Name);
        if (left is { State: LeaseState.Held })
            return left;
        if (left is { IsStopped: true } && await StartAsync(left, progress, cancellationToken).ConfigureAwait(false) is { } started)
            return started;
        if (left is { IsStopped: false } && await ResumeAsync(left, cluster, progress, cancellationToken).ConfigureAwait(false) is { } resumed)
            return resumed;
        return await MakeAsync(cluster, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes down that a machine of a lease has answered.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="host">Which of its machines.</param>
    public void SetAnswered(Lease lease, int host)
    {
        // Another command has it for a while, and the next call writes it down.
        using FileStream? taken = store.TryTake(lease.Cluster);
        if (taken is not null && store.Find(lease.Cluster) is { State: LeaseState.Held } now && now.Id == lease.Id)
            store.Save(now with { Answered = [.. now.Answered.Append(host).Distinct().Order()] });
    }

    /// <summary>Forgets a cluster's lease without asking its cloud: its machines belong to nobody then.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    public async Task ForgetAsync(string cluster, CancellationToken cancellationToken)
    {
        using FileStream taken = await store.TakeAsync(cluster, time, cancellationToken).ConfigureAwait(false);
        if (store.Find(cluster) is { } lease)
            Forget(lease);
    }

    /// <summary>A lease's machines that are not gone, as their cloud has them.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer.</exception>
    public async Task<IReadOnlyList<LeasedMachine>> LookAsync(Lease lease, CancellationToken cancellationToken)
    {
        Dictionary<string, LeasedMachine> seen = new(StringComparer.Ordinal);
        for (int look = 0; look < Looks; look++)
        {
            IReadOnlyList<LeasedMachine> found = await clouds.Of(lease.Offer.Provider).FindLeaseAsync(lease.Offer.Region, lease.Id, cancellationToken).ConfigureAwait(false);
            foreach (LeasedMachine machine in found)
                seen[machine.Id] = machine;

            // One that ends is said to. One that is not in the list at all may be new to the server that was asked.
            if (AreAllIn(found, lease))
                break;
            await EnsureAccountAsync(lease, cancellationToken).ConfigureAwait(false);
            await Task.Delay(LookPause, time, cancellationToken).ConfigureAwait(false);
        }

        return [.. seen.Values];
    }

    /// <summary>Stops a cluster's machines, which keep their disks, and waits until the cloud says that they have stopped.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Stops waiting; the next command goes on with it.</param>
    /// <returns>Whether any ran; false as well when they had stopped before.</returns>
    /// <exception cref="DeploymentException">They are spot machines, which cannot be stopped.</exception>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or does not say that they have stopped.</exception>
    public async Task<bool> StopAsync(string cluster, CancellationToken cancellationToken)
    {
        if (store.Find(cluster) is null)
            return false;
        using FileStream taken = await store.TakeAsync(cluster, time, cancellationToken).ConfigureAwait(false);
        if (store.Find(cluster) is not { } lease || lease.State == LeaseState.Stopped)
            return false;
        if (lease.State != LeaseState.Held && !lease.IsStopped)
        {
            throw new HostUnreachableException(
                $"A program that leased machines for cluster '{cluster}', or gave them back, has not come to its end, so that there is nothing yet to stop. Bring the cluster up (runhouse up {cluster}) or down (runhouse down {cluster}), which goes on with it.");
        }

        await _power.StopAsync(lease, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Stops the machines of a lease, or goes on with that; the caller holds its lock.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task StopAsync(Lease lease, CancellationToken cancellationToken) => _power.StopAsync(lease, cancellationToken);

    /// <summary>Writes down that the machines of a lease have shut themselves down and keep their disks.</summary>
    /// <param name="lease">The lease.</param>
    public void SetStopped(Lease lease)
    {
        // Whoever has it looks for itself.
        using FileStream? taken = store.TryTake(lease.Cluster);
        if (taken is not null && store.Find(lease.Cluster) is { State: LeaseState.Held } now && (now.Id, now.Starts) == (lease.Id, lease.Starts))
            _power.SetStopped(now, isAtMost: true);
    }

    /// <summary>Whether machines are those of a lease which have shut themselves down, or do so just now, and keep their disks for it: all of them.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="machines">Machines as their cloud has them.</param>
    public static bool HasStopped(Lease lease, IEnumerable<LeasedMachine> machines)
        => lease.KeepsDisk && lease.Machines.Count > 0 && lease.Machines.All(one => machines.Any(other => other.Id == one.Id && other.State is MachineState.Stopping or MachineState.Stopped));

    /// <summary>Whether a lease is still the one that is written down: nobody has taken the cluster down since, or stopped it.</summary>
    /// <param name="lease">The lease.</param>
    public bool IsCurrent(Lease lease) => Find(lease.Cluster) is { } now && (now.Id, now.Starts) == (lease.Id, lease.Starts);

    /// <summary>Gives a cluster's machines back, and waits until the cloud says that they are gone.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="only">The lease that is meant; null for whichever it has.</param>
    /// <param name="cancellationToken">Stops waiting; the next command goes on with it.</param>
    /// <returns>Whether there was a lease.</returns>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or does not say that they are gone.</exception>
    public async Task<bool> EndAsync(string cluster, string? only, CancellationToken cancellationToken)
    {
        if (store.Find(cluster) is null)
            return false;
        using FileStream taken = await store.TakeAsync(cluster, time, cancellationToken).ConfigureAwait(false);
        if (store.Find(cluster) is not { } lease || (only is not null && lease.Id != only))
            return false;
        if (!await EndAsync(lease, cancellationToken).ConfigureAwait(false))
        {
            throw new HostUnreachableException(
                $"Machines for cluster '{cluster}' were asked for a moment ago, by a program that has not seen the answer, and {lease.Offer.Provider} may not show them yet. Take it down again in {LongestUnseen.TotalMinutes:0} minutes; if there are any that nobody uses they end by themselves.");
        }

        return true;
    }

    /// <summary>Gives machines back that their cloud takes back just now, so that others can be leased at once: they end whether it answers or not, and are not waited for unless their volumes are.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops waiting; the next command goes on with it.</param>
    /// <exception cref="CredentialsException">There are no credentials, or they are refused.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not say that they are gone, and others cannot have their volumes before.</exception>
    public async Task GiveUpAsync(Lease lease, CancellationToken cancellationToken)
    {
        using FileStream taken = await store.TakeAsync(lease.Cluster, time, cancellationToken).ConfigureAwait(false);
        if (!IsCurrent(lease))
            return;
        using var limit = new CancellationTokenSource(lease.Volumes.Count > 0 ? Timeout.InfiniteTimeSpan : LongestTakenBack, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await EndAsync(lease, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (lease.Volumes.Count == 0 && !cancellationToken.IsCancellationRequested && e is HostUnreachableException or OperationCanceledException)
        {
            // Should it stay all the same, it is nobody's, which gc gives back.
            store.Ledger.Add(lease, time.GetUtcNow(), isAtMost: false);
            Forget(lease);
        }
    }

    /// <summary>Gives the machines of a lease back; the caller holds its lock.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether that is certain; else the lease stays on record.</returns>
    public async Task<bool> EndAsync(Lease lease, CancellationToken cancellationToken)
    {
        IMachineCloud cloud = clouds.Of(lease.Offer.Provider);
        IReadOnlyList<LeasedMachine> found = await cloud.FindLeaseAsync(lease.Offer.Region, lease.Id, cancellationToken).ConfigureAwait(false);
        if (lease.Machines.Count == 0 || !AreAllIn(found, lease))
            await EnsureAccountAsync(lease, cancellationToken).ConfigureAwait(false);
        store.Save(lease with { State = LeaseState.Ending });

        // One that was made a moment ago may not be found yet, and is known all the same.
        LeasedMachine[] all = [.. found.Concat(lease.Machines).DistinctBy(static one => one.Id)];
        if (all.Length > 0)
            await cloud.EndAsync(all, cancellationToken).ConfigureAwait(false);

        // A request whose answer never came may have made what is not to be seen yet: it stays on record until that is to be seen for certain.
        bool isCertain = all.Length >= lease.Count || lease.Token.Length == 0 || time.GetUtcNow() - lease.AskedAt > LongestUnseen;
        if (isCertain && all.Length > 0 && lease.State != LeaseState.Stopped)
            store.Ledger.Add(lease, time.GetUtcNow(), isAtMost: !found.Any(static one => one.State is MachineState.Starting or MachineState.Running));
        if (isCertain)
            Forget(lease);
        return isCertain;
    }

    /// <summary>Forgets a lease of which nothing is left; the caller holds its lock.</summary>
    /// <param name="lease">The lease.</param>
    public void Forget(Lease lease)
    {
        store.Remove(lease.Cluster);
        store.RemoveKeyFile(lease);
    }

    /// <summary>What is asked of a cloud for a lease.</summary>
    private LeaseRequest RequestOf(Lease lease) => new()
    {
        Lease = lease.Id,
        Token = lease.Token,
        Owner = owner(),
        Cluster = lease.Cluster,
        Count = lease.Count,
        DiskSize = lease.DiskSize,
        UserData = MachineSetup.UserData(lease, options.BootTime),
        User = MachineSetup.User,
        OpenPorts = lease.OpenPort is { } port ? [22, port] : [22],
        KeepsDisk = lease.KeepsDisk,
        Longest = options.Longest,
    };

    private static bool AreAllIn(IReadOnlyList<LeasedMachine> found, Lease lease) => lease.Machines.All(one => found.Any(other => other.Id == one.Id));

    /// <summary>Checks that what is not found here is not there: the machines of another account cannot be seen.</summary>
    /// <exception cref="CredentialsException">The credentials are of another account than the lease.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not say of which account they are.</exception>
    private async Task EnsureAccountAsync(Lease lease, CancellationToken cancellationToken)
    {
        if (lease.Account is null)
            return;
        string now = await clouds.Of(lease.Offer.Provider).GetAccountAsync(cancellationToken).ConfigureAwait(false);
        if (now != lease.Account)
        {
            throw new CredentialsException(
                $"The machines of cluster '{lease.Cluster}' were leased in the {lease.Offer.Provider} account {lease.Account}, and the credentials here are of {now}, which cannot see whether they are there. "
                + $"Call again with credentials of {lease.Account}; or, if its machines are gone for good, take the cluster off the list (runhouse down {lease.Cluster} --forget).");
        }
    }

    // Null when nothing is left of it, and machines are to be leased anew.
    private async Task<Lease?> StartAsync(Lease stopped, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<LeasedMachine> found = await LookAsync(stopped, cancellationToken).ConfigureAwait(false);
        LeasedMachine[] gone = [.. stopped.Machines.Where(one => found.All(other => other.Id != one.Id))];
        if (gone.Length == 0)
            return await _power.StartAsync(stopped, progress, cancellationToken).ConfigureAwait(false);
        if (gone.Length < stopped.Machines.Count)
        {
            throw new HostUnreachableException(
                $"Machine {gone[0]} of cluster '{stopped.Cluster}', which was stopped, is gone with its disk, and {stopped.Machines.Count - gone.Length} others are not. Take the cluster down to have all of them anew (runhouse down {stopped.Cluster}).");
        }

        await EndAsync(stopped, cancellationToken).ConfigureAwait(false);
        return null;
    }

    // Of a process that died, or was stopped, while it waited for the answer: the same request again gives what it has made, if it has.
    private async Task<Lease?> ResumeAsync(Lease left, ClusterSpec cluster, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        await EnsureAccountAsync(left, cancellationToken).ConfigureAwait(false);
        bool isWanted = left.State == LeaseState.Asked && left.Count == cluster.Hosts.Count && time.GetUtcNow() - left.AskedAt < LongestAsked
            && catalogue().Find(cluster.Needs!).Any(one => one.IsSpot == left.IsSpot && one.Offer.Place == left.Offer.Place && one.Offer.Zone == left.Offer.Zone);
        if (isWanted)
        {
            MakeOutcome<Lease> outcome = await MakerOf(left, progress).AskAsync(left, cancellationToken).ConfigureAwait(false);
            if (outcome.Failure is null)
                return outcome.Machines;
        }

        await EndAsync(left, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<Lease> MakeAsync(ClusterSpec cluster, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        Resources needs = cluster.Needs!;

        // A provider that this program lacks, and a name that nothing has, are said first: neither gets better by credentials.
        foreach (string provider in needs.Providers)
            clouds.Of(provider.ToLowerInvariant());
        MachineCatalogue machines = catalogue();
        machines.Find(needs).Required();
        IReadOnlyList<IMachineCloud> usable = await clouds.UsableAsync(needs.Providers, cancellationToken).ConfigureAwait(false);
        Candidates candidates = machines.Find(needs with { Providers = new([.. usable.Select(static one => one.Name)]) }).Required();
        bool isPinned = false;
        if (cluster.Volumes.Count > 0)
        {
            Candidates there = await _volumes.PinAsync(cluster.Name, cluster.Volumes, candidates, cancellationToken).ConfigureAwait(false);
            (isPinned, candidates) = (!ReferenceEquals(there, candidates), there);
        }

        var lease = new Lease
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Cluster = cluster.Name,
            State = LeaseState.Asked,
            Token = "",
            Offer = candidates[0].Offer,
            AskedAt = time.GetUtcNow(),
            Count = cluster.Hosts.Count,
            DiskSize = needs.Disk is { } disk ? (int)Math.Ceiling(disk.Value) : options.DiskSize,
            LoginKey = MachineKey.New(),
            HostKey = MachineKey.New(),
            OpenPort = cluster.HostPort is > 0 ? cluster.HostPort : null,
            KeepsDisk = cluster.KeepsDisk ?? options.KeepDisk,
            Volumes = cluster.Volumes,
        };
        LeaseMaker maker = MakerOf(lease, progress);
        try
        {
            return (await new Failover<Lease>(_ => maker, time).MakeAsync(candidates, cancellationToken).ConfigureAwait(false)).Machines;
        }
        catch (CapacityException e) when (isPinned)
        {
            Forget(lease);
            throw new CapacityException($"{e.Message} Its volumes ({string.Join(", ", cluster.Volumes)}) are in {candidates[0].Offer.Zone} ({candidates[0].Offer.Provider}), and nothing else was tried: a machine elsewhere cannot have them.", e) { Attempts = e.Attempts };
        }
        catch (Exception e) when (e is CapacityException or QuotaException or DeploymentException)
        {
            // Each attempt has undone what it made before it said so. Credentials that are refused may have been so for that as well: then the lease stays on record.
            Forget(lease);
            throw;
        }
    }

    private LeaseMaker MakerOf(Lease lease, IProgress<ProvisioningProgress>? progress) => new(lease, RequestOf, clouds.Of, _volumes, store, progress, time);
}
