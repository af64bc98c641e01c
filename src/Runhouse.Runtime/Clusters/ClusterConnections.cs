using System.Collections.Concurrent;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Providers;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Runtime.Clusters;

/// <summary>This process' side of all clusters that it uses: a connection for each host, made when it is first needed.</summary>
/// <param name="providers">The providers.</param>
/// <param name="store">The saved clusters.</param>
/// <param name="options">The configuration.</param>
/// <param name="home">Runhouse's folder of the user.</param>
/// <param name="output">Where remote output goes.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterConnections(
    IReadOnlyList<Provider> providers, ClusterStore store, RunhouseOptions options, RunhouseHome home, RemoteOutput output, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Cluster, int Host, int? OpenPort, string? Image), ClusterConnection> _connections = new();
    private readonly RescuedObjects _rescued = new(home, output, time);
    private readonly ConcurrentDictionary<string, ClusterSpec> _declared = new(StringComparer.Ordinal);

    // Of each call that names none, so it is not read from its file each time.
    private volatile Cluster? _default;

    /// <summary>The saved clusters.</summary>
    public ClusterStore Store => store;

    /// <summary>Where remote output goes.</summary>
    public RemoteOutput Output => output;

    /// <summary>Gives back leased machines of which no cluster knows; null where none are leased.</summary>
    public LeaseCollector? Collector { get; init; }

    /// <summary>The clouds; null where there are none.</summary>
    public CloudSet? Clouds { get; init; }

    /// <summary>The disks that outlive machines; null where there are none.</summary>
    public LeaseVolumes? Volumes { get; init; }

    /// <summary>Gives back what schedulers have and no cluster asks for; null where there are none.</summary>
    public AllocationCollector? Allocations { get; init; }

    /// <summary>Gives back what no cluster knows of, from clouds and schedulers that can be used from here.</summary>
    /// <param name="isDryRun">Whether it is only said what would be given back.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CredentialsException">A provider refuses the credentials, or none can be used from here.</exception>
    /// <exception cref="HostUnreachableException">A provider does not answer.</exception>
    public async Task<IReadOnlyList<CollectedMachine>> CollectAsync(bool isDryRun, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollectedMachine> placed = Allocations is null ? [] : await Allocations.CollectAsync(isDryRun, cancellationToken).ConfigureAwait(false);

        // Who has a scheduler need not have a cloud.
        bool isOptional = Allocations is not null && await Allocations.HasAnyAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CollectedMachine> leased = await Collector!.CollectAsync(isDryRun, isOptional, cancellationToken).ConfigureAwait(false);
        return [.. placed, .. leased];
    }

    /// <summary>The cluster that the configuration names, this machine where it leases what code needs and this one lacks: as it was saved when it was first asked for, or when its host was last looked for.</summary>
    /// <exception cref="RemoteNotFoundException">No cluster of that name is saved.</exception>
    public Cluster Default => _default ??= Cluster.Get(options.Cluster is null or OnDemandProvider.ProviderName ? ClusterSpec.Local.Name : options.Cluster, store);

    /// <summary>The connection to a host of a cluster.</summary>
    /// <param name="cluster">The cluster; null for the one that the configuration names.</param>
    /// <exception cref="DeploymentException">The cluster has been declared before with other machines.</exception>
    public ClusterConnection Of(Cluster? cluster)
    {
        cluster ??= Default;
        ClusterSpec spec = cluster.Spec;
        ClusterStore.EnsureSame(_declared.GetOrAdd(spec.Name, spec), spec);
        return _connections.GetOrAdd(
            (spec.Name, cluster.HostIndex, spec.OpenPort, cluster.Image?.ToString()),
            static (key, state) => state.Self.Make(state.Cluster, key.Host),
            (Self: this, Cluster: cluster));
    }

    /// <summary>The provider of a cluster.</summary>
    /// <param name="spec">The cluster.</param>
    /// <exception cref="DeploymentException">This program has no such provider.</exception>
    public Provider ProviderOf(ClusterSpec spec) => providers.FirstOrDefault(provider => provider.Name == spec.Provider) ?? throw new DeploymentException(
        $"Cluster '{spec.Name}' is of the provider '{spec.Provider}', which this program does not have. It has {string.Join(", ", providers.Select(static one => one.Name))}.");

    /// <summary>Forgets the connections to a cluster that was taken down.</summary>
    /// <param name="spec">The cluster.</param>
    public async Task ForgetAsync(ClusterSpec spec)
    {
        _declared.TryRemove(spec.Name, out _);
        _default = null;
        _rescued.Forget(spec);
        foreach ((string Cluster, int Host, int? OpenPort, string? Image) key in _connections.Keys.Where(key => key.Cluster == spec.Name))
        {
            if (_connections.TryRemove(key, out ClusterConnection? connection))
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes what is open to workers at once, with the calls in flight.</summary>
    public Task LeaveAsync() => Task.WhenAll(_connections.Values.Select(static connection => connection.LeaveAsync()));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ClusterConnection connection in _connections.Values)
            await connection.DisposeAsync().ConfigureAwait(false);

        // Calls in flight end, and what others hold stays: the ways to the machines close behind the last of them.
        Task closed = Task.WhenAll(_connections.Values.Select(static connection => connection.Closed));
        Task closing = CloseProvidersAsync(closed);
        if (closed.IsCompleted)
            await closing.ConfigureAwait(false);
    }

    private async Task CloseProvidersAsync(Task closed)
    {
        await closed.ConfigureAwait(false);
        foreach (Provider provider in providers)
            await provider.DisposeAsync().ConfigureAwait(false);
    }

    private ClusterConnection Make(Cluster cluster, int host)
    {
        ClusterSpec spec = cluster.Spec;
        Provider provider = ProviderOf(spec);
        return new ClusterConnection(spec, cluster.Image, store, FindAsync, provider.SavesFirst, options, home, output, time)
        {
            Rescue = from => _rescued.Begin(spec, host, from),
            FindRecords = provider.SavesFirst ? FindRecordsAsync : null,
        };

        async Task<(HostClient? Host, KeptRecords Left)> FindRecordsAsync(CancellationToken cancellationToken)
            => await provider.FindHostAsync(spec, host, cancellationToken).ConfigureAwait(false) is { } found
                ? (found, KeptRecords.There)
                : (null, await provider.FindRecordsAsync(spec, host, cancellationToken).ConfigureAwait(false));

        async Task<HostClient> FindAsync(HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        {
            // It may have been taken down and declared anew since.
            if (lost is not null)
                _default = null;

            // Another process may have declared the name meanwhile; this machine needs no file to be known.
            ClusterSpec? saved = spec == ClusterSpec.Local ? null : store.Find(spec.Name);
            if (saved is not null)
                ClusterStore.EnsureSame(saved, spec);
            if (lost is { IsTakenBack: true })
                await _rescued.FetchedAsync(spec, host, cancellationToken).ConfigureAwait(false);
            ClusterSpec placed = spec with { Site = await provider.GetSiteAsync(cancellationToken).ConfigureAwait(false) };
            if (provider.SavesFirst && saved is null)
            {
                ClusterSpec kept = await store.SaveAsync(placed, cancellationToken).ConfigureAwait(false);

                // Another process was faster, and has its machines elsewhere: what fails here takes nothing off the list.
                if (kept.Site?.Id != placed.Site?.Id)
                    saved = kept;
            }

            HostClient client = await GetHostAsync(saved, lost, progress, cancellationToken).ConfigureAwait(false);
            if (spec != ClusterSpec.Local)
                await store.SaveAsync(placed, cancellationToken).ConfigureAwait(false);
            await _rescued.GiveAsync(spec, host, client, cancellationToken).ConfigureAwait(false);
            return client;
        }

        async Task<HostClient> GetHostAsync(ClusterSpec? saved, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        {
            try
            {
                return await provider.GetHostAsync(spec.ToStart(saved), host, lost, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is (CapacityException or QuotaException or CredentialsException or DeploymentException or RunhouseConfigurationException) && provider.SavesFirst && saved is null && !provider.Holds(spec))
            {
                // There is nothing to take down: the name is free for another declaration.
                await store.RemoveAsync(spec.Name, static _ => Task.FromResult(false), CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }
    }
}
