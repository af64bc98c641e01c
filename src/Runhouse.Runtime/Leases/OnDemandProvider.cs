using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Runtime.Leases;

/// <summary>
/// Machines that are leased from clouds when they are needed. Once there they are reached over SSH as others are, by a key and a host key that were made for them; they end by
/// themselves when they have had no work for their time, and are leased anew when somebody calls again.
/// </summary>
internal sealed class OnDemandProvider : Provider
{
    /// <summary>The provider's name.</summary>
    public const string ProviderName = "on-demand";

    private const int MostEnded = 3;

    private static readonly TimeSpan BootPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(45);

    private readonly RunhouseOptions _options;
    private readonly LeaseStore _store;
    private readonly LeaseKeeper _keeper;
    private readonly CloudSet _clouds;
    private readonly MachineHosts _hosts;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Lease> _leases = new(StringComparer.Ordinal);

    /// <summary>Makes the provider.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="runtimes">The runtimes for machines.</param>
    /// <param name="store">The leases.</param>
    /// <param name="keeper">Leases the machines.</param>
    /// <param name="clouds">The clouds.</param>
    /// <param name="time">The clock.</param>
    public OnDemandProvider(RunhouseOptions options, ComposedRuntimes runtimes, LeaseStore store, LeaseKeeper keeper, CloudSet clouds, TimeProvider time)
    {
        (_options, _store, _keeper, _clouds, _time) = (options, store, keeper, clouds, time);
        var watched = new HostLease(MachineSetup.LeaseFile, options.OnDemand.LeaseTime);
        _hosts = new MachineHosts(options, runtimes, name => new HostedMachine(Connect(name)) { Directory = options.Ssh.Directory, Lease = watched }, time);
    }

    /// <inheritdoc/>
    public override string Name => ProviderName;

    /// <inheritdoc/>
    public override bool SavesFirst => true;

    /// <inheritdoc/>
    public override bool Holds(ClusterSpec cluster) => _store.Find(cluster.Name) is not null;

    /// <summary>The name of the cluster that is leased for code which names none: the same for the same needs, whichever program has them.</summary>
    /// <param name="needs">What the code needs.</param>
    public static string NameFor(Resources needs)
    {
        string kind = needs.Accelerators.Count > 0 ? new string([.. needs.Accelerators[0].Name.ToLowerInvariant().Where(static c => char.IsAsciiLetterOrDigit(c))]) : "cpu";
        return $"{ProviderName}-{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(needs.ToString())))[..6]}";
    }

    /// <inheritdoc/>
    public override async Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        int ended = 0;
        DateTimeOffset? silentSince = null;
        while (true)
        {
            Lease lease = await _keeper.GetAsync(cluster, progress, cancellationToken).ConfigureAwait(false);
            if (lost is { IsTakenBack: true } && lease.Count == 1 && lost.Address.Machine == _hosts.MachineOf(On(cluster, lease), host))
            {
                // It falls silent without a word, which takes a minute to be noticed, and nothing runs on it any more.
                await _keeper.GiveUpAsync(lease, cancellationToken).ConfigureAwait(false);
                await _hosts.LeaveAsync(On(cluster, lease), host).ConfigureAwait(false);
                lost = null;
                continue;
            }

            try
            {
                ClusterSpec leased = On(cluster, lease);

                // Before its host starts, so that code finds them there: the machine may have started again by itself since it was looked for last.
                if (lease.Volumes.Count > 0)
                    await VolumeMount.RunAsync(lease, _hosts.MachineOf(leased, host), cancellationToken).ConfigureAwait(false);
                HostClient client = await _hosts.GetHostAsync(leased, host, lost, progress, cancellationToken).ConfigureAwait(false);
                if (!lease.Answered.Contains(host))
                    _keeper.SetAnswered(lease, host);
                return client;
            }
            catch (Exception e) when (e is HostUnreachableException or CredentialsException)
            {
                // Taken down or stopped meanwhile, by another program or another part of this one: that is not undone here.
                if (!_keeper.IsCurrent(lease))
                    throw new HostUnreachableException($"Cluster '{cluster.Name}' was {(_keeper.FindStopped(cluster.Name) is null ? "taken down" : "stopped")} while its host was looked for.", e);

                // One that has ended has perhaps left its address to somebody else's.
                IReadOnlyList<LeasedMachine> found = await _keeper.LookAsync(lease, cancellationToken).ConfigureAwait(false);
                HashSet<string> alive = [.. found.Where(static one => one.State is MachineState.Starting or MachineState.Running).Select(static one => one.Id)];
                if (alive.Count == 0)
                {
                    // What ends one after the other costs money, and does not get better by another one.
                    if (LeaseKeeper.HasStopped(lease, found))
                        _keeper.SetStopped(lease);
                    else
                        await _keeper.EndAsync(cluster.Name, lease.Id, cancellationToken).ConfigureAwait(false);
                    if (++ended == MostEnded)
                        throw new HostUnreachableException($"The machines that were leased for cluster '{cluster.Name}' end before their hosts answer; the last was {lease.Machines[host]}. Look at its console in the cloud, then call again.", e);
                    (lost, silentSince) = (null, null);
                    continue;
                }

                if (!alive.Contains(lease.Machines[host].Id))
                {
                    throw new HostUnreachableException(
                        $"Machine {lease.Machines[host]} of cluster '{cluster.Name}' has {(lease.KeepsDisk ? "stopped" : "ended")}, and {alive.Count} others have not. {(lease.KeepsDisk ? $"Stop the cluster (runhouse down --stop {cluster.Name}), and the next call starts all of them." : $"Take the cluster down to have all of them anew (runhouse down {cluster.Name}).")}", e);
                }

                await WaitAsync(cluster, lease, host, silentSince ??= _time.GetUtcNow(), e, progress, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        if (_keeper.Find(cluster.Name) is not { } lease)
            return null;
        try
        {
            return await _hosts.FindHostAsync(On(cluster, lease), host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HostUnreachableException or CredentialsException)
        {
            // Who looks starts and ends nothing: the next call finds out that it has to lease others, or to start these.
            IReadOnlyList<LeasedMachine> found = await _keeper.LookAsync(lease, cancellationToken).ConfigureAwait(false);
            if (found.Any(one => one.Id == lease.Machines[host].Id && one.State is MachineState.Starting or MachineState.Running))
                throw;
            if (LeaseKeeper.HasStopped(lease, found))
                _keeper.SetStopped(lease);
            return null;
        }
    }

    /// <inheritdoc/>
    public override async Task<KeptRecords> FindRecordsAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        if (_keeper.FindStopped(cluster.Name) is not null)
            return KeptRecords.AtRest;
        if (_keeper.Find(cluster.Name) is not { } lease)
            return KeptRecords.Gone;
        IReadOnlyList<LeasedMachine> found = await _keeper.LookAsync(lease, cancellationToken).ConfigureAwait(false);
        return found.Any(one => one.Id == lease.Machines[host].Id && one.State is MachineState.Starting or MachineState.Running) ? KeptRecords.There
            : LeaseKeeper.HasStopped(lease, found) ? KeptRecords.AtRest
            : KeptRecords.Gone;
    }

    /// <inheritdoc/>
    public override async Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        Lease? lease = _keeper.Find(cluster.Name);
        bool was = await _keeper.EndAsync(cluster.Name, only: null, cancellationToken).ConfigureAwait(false);
        if (lease is not null)
            await _hosts.LeaveAsync(On(cluster, lease), host).ConfigureAwait(false);
        return was;
    }

    /// <inheritdoc/>
    public override Task ForgetAsync(ClusterSpec cluster, CancellationToken cancellationToken) => _keeper.ForgetAsync(cluster.Name, cancellationToken);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        if (_keeper.Find(cluster.Name) is { } lease)
            return await _hosts.CheckAsync(On(cluster, lease), host, cancellationToken).ConfigureAwait(false);
        if (host > 0)
            return [];
        try
        {
            IReadOnlyList<IMachineCloud> usable = await _clouds.UsableAsync(cluster.Needs!.Providers, cancellationToken).ConfigureAwait(false);
            return [.. (await Task.WhenAll(usable.Select(cloud => cloud.CheckAsync(cancellationToken))).ConfigureAwait(false)).SelectMany(static findings => findings)];
        }
        catch (RemoteException e)
        {
            return [new Finding(cluster.Name, FindingLevel.Bad, e.Message)];
        }
    }

    /// <summary>Stops a cluster's machines, which keep their disks.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether any ran.</returns>
    public Task<bool> StopAsync(ClusterSpec cluster, CancellationToken cancellationToken) => _keeper.StopAsync(cluster.Name, cancellationToken);

    /// <summary>What the disks of a cluster's stopped machines cost; null unless they have stopped.</summary>
    /// <param name="cluster">The cluster.</param>
    public StoppedCost? StoppedCostOf(ClusterSpec cluster)
        => _keeper.FindStopped(cluster.Name) is { } lease ? new StoppedCost(lease.Candidate, lease.Count, lease.DiskSize, lease.StoppedAt) : null;

    /// <summary>What a cluster's machines cost; null while it has none that run.</summary>
    /// <param name="cluster">The cluster.</param>
    public ClusterCost? CostOf(ClusterSpec cluster) => _keeper.Find(cluster.Name) is { } lease
        ? new ClusterCost(lease.Candidate, lease.Count, lease.MadeAt, _time.GetUtcNow() - lease.MadeAt)
        : null;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync().ConfigureAwait(false);
        await _clouds.DisposeAsync().ConfigureAwait(false);
    }

    // For one that starts until its time for that is over; for one that has answered before a moment, as it may be shutting down, which its cloud says a little later.
    private async Task WaitAsync(
        ClusterSpec cluster, Lease lease, int host, DateTimeOffset silentSince, Exception cause, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        bool isStarting = !lease.Answered.Contains(host);
        if (isStarting && _time.GetUtcNow() - lease.MadeAt > _options.OnDemand.BootTime)
        {
            // Nothing on it ends it. Others that have answered may have work.
            bool isGivenBack = lease.Answered.Count == 0 && lease.Starts == 0;
            if (isGivenBack)
                await _keeper.EndAsync(cluster.Name, lease.Id, cancellationToken).ConfigureAwait(false);
            throw new HostUnreachableException(
                $"{lease.Machines[host]} was {(lease.Starts > 0 ? "started again" : "leased")} for cluster '{cluster.Name}' and did not answer within {_options.OnDemand.BootTime.TotalMinutes:0} minutes. {(isGivenBack ? "It was given back." : lease.Starts > 0 ? $"It was stopped before, and its disk is kept until the cluster is taken down (runhouse down {cluster.Name})." : $"Others of the cluster have answered, so that it stays until the cluster is taken down (runhouse down {cluster.Name}).")} Check that its image carries out user data (cloud-init), and that its port 22 is reached from here: {cause.Message}", cause);
        }

        if (!isStarting && _time.GetUtcNow() - silentSince > LongestSilence)
            throw new HostUnreachableException($"{lease.Machines[host]} of cluster '{cluster.Name}' runs, as its cloud has it, and is not reached: {cause.Message} Take the cluster down to have another one (runhouse down {cluster.Name}).", cause);
        progress?.Report(new ProvisioningProgress(lease.Machines[host].ToString(), ProvisioningStage.Leasing));
        await Task.Delay(BootPause, _time, cancellationToken).ConfigureAwait(false);
    }

    // The machines' hosts are known by lease, start and number: an address may come again with another machine behind it, and a machine with another address.
    private ClusterSpec On(ClusterSpec cluster, Lease lease)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{lease.Id}.{lease.Starts}");
        _leases[key] = lease;
        return cluster with
        {
            Hosts = [.. Enumerable.Range(0, lease.Count).Select(host => string.Create(CultureInfo.InvariantCulture, $"{key}#{host}"))],
            MachineMemory = lease.Offer.Memory,
            SpotOf = lease.IsSpot ? lease.Offer.Provider : null,
            Autostop = cluster.Autostop ?? _options.OnDemand.IdleTimeout,
        };
    }

    private SshMachine Connect(string name)
    {
        string[] parts = name.Split('#');
        Lease lease = _leases[parts[0]];
        LeasedMachine machine = lease.Machines[int.Parse(parts[1], CultureInfo.InvariantCulture)];
        var settings = SshSettings.From(_options) with
        {
            ConfigFile = "none",
            KeyFiles = [_store.KeyFileOf(lease)],
            Password = null,
            Passphrase = null,
            Fingerprint = MachineKey.PublicOf(lease.HostKey).Fingerprint,
        };
        return new SshMachine(new SshTarget(machine.Address!, MachineSetup.User, Port: null), settings, _time);
    }
}
