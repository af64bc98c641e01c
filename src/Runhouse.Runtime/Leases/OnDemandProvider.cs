using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers;
using Runhouse.Runtime.Providers.Ssh;

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

    private static readonly TimeSpan BootPause = TimeSpan.FromSeconds(1);

    private readonly RunhouseOptions _options;
    private readonly LeaseStore _store;
    private readonly LeaseKeeper _keeper;
    private readonly CloudSet _clouds;
    private readonly SshProvider _ssh;
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
        _ssh = new SshProvider(options, runtimes, Connect, time) { Lease = new HostLease(MachineSetup.LeaseFile, options.OnDemand.LeaseTime) };
    }

    /// <inheritdoc/>
    public override string Name => ProviderName;

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
        while (true)
        {
            Lease lease = await _keeper.GetAsync(cluster, progress, cancellationToken).ConfigureAwait(false);
            try
            {
                HostClient client = await _ssh.GetHostAsync(On(cluster, lease), host, lost, progress, cancellationToken).ConfigureAwait(false);
                if (!lease.Answered.Contains(host))
                    await _keeper.SetAnsweredAsync(lease, host).ConfigureAwait(false);
                return client;
            }
            catch (Exception e) when (e is HostUnreachableException or CredentialsException)
            {
                // One that has ended has perhaps left its address to somebody else's.
                if (!await _keeper.ExistsAsync(lease, cancellationToken).ConfigureAwait(false))
                {
                    await _keeper.EndAsync(cluster.Name, lease.Id, cancellationToken).ConfigureAwait(false);

                    // What ends one after the other costs money, and does not get better by another one.
                    if (++ended == MostEnded)
                        throw new HostUnreachableException($"The machines that were leased for cluster '{cluster.Name}' end before their hosts answer; the last was {lease.Machines[host]}. Look at its console in the cloud, then call again.", e);
                    lost = null;
                    continue;
                }

                if (lease.Answered.Contains(host) || _time.GetUtcNow() - lease.AskedAt > _options.OnDemand.BootTime)
                    throw;
                progress?.Report(new ProvisioningProgress(lease.Machines[host].ToString(), ProvisioningStage.Leasing));
                await Task.Delay(BootPause, _time, cancellationToken).ConfigureAwait(false);
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
            return await _ssh.FindHostAsync(On(cluster, lease), host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HostUnreachableException or CredentialsException)
        {
            if (await _keeper.ExistsAsync(lease, cancellationToken).ConfigureAwait(false))
                throw;
            await _keeper.EndAsync(cluster.Name, lease.Id, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    /// <inheritdoc/>
    public override Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
        => _keeper.EndAsync(cluster.Name, only: null, cancellationToken);

    /// <inheritdoc/>
    public override Task ForgetAsync(ClusterSpec cluster, CancellationToken cancellationToken) => _keeper.ForgetAsync(cluster.Name, cancellationToken);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        if (_keeper.Find(cluster.Name) is { } lease)
            return await _ssh.CheckAsync(On(cluster, lease), host, cancellationToken).ConfigureAwait(false);
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

    /// <summary>What a cluster's machines cost; null while it has none.</summary>
    /// <param name="cluster">The cluster.</param>
    public ClusterCost? CostOf(ClusterSpec cluster) => _keeper.Find(cluster.Name) is { } lease
        ? new ClusterCost(lease.Candidate, lease.Count, lease.AskedAt, _time.GetUtcNow() - lease.AskedAt)
        : null;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _ssh.DisposeAsync().ConfigureAwait(false);
        await _clouds.DisposeAsync().ConfigureAwait(false);
    }

    // The machines are known to the SSH provider by lease and number: an address may come again with another machine behind it.
    private ClusterSpec On(ClusterSpec cluster, Lease lease)
    {
        _leases[lease.Id] = lease;
        return cluster with
        {
            Hosts = [.. Enumerable.Range(0, lease.Count).Select(host => string.Create(CultureInfo.InvariantCulture, $"{lease.Id}#{host}"))],
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
