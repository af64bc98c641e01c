using System.Collections.Concurrent;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Diagnosis;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Providers;

/// <summary>
/// The hosts of clusters on machines on which commands run: each machine becomes a host when it is first used, a host is found again, upgraded and stopped, and its ports are
/// reached over the way to its machine. Where the machines come from is the provider's part.
/// </summary>
/// <param name="options">The configuration.</param>
/// <param name="runtimes">The runtimes for machines of other platforms.</param>
/// <param name="connect">Makes the way to a machine from the name that the cluster's declaration has for it; nothing happens yet.</param>
/// <param name="time">The clock.</param>
internal sealed class MachineHosts(RunhouseOptions options, ComposedRuntimes runtimes, Func<string, HostedMachine> connect, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, HostedMachine> _machines = new(StringComparer.Ordinal);

    /// <summary>The machine of a host.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    public Machine MachineOf(ClusterSpec cluster, int host) => HostedOf(cluster, host).Machine;

    /// <inheritdoc cref="Provider.GetHostAsync"/>
    public async Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        HostStarter starter = StarterOf(cluster, host);
        HostReport report = await starter.StartAsync(progress, cancellationToken).ConfigureAwait(false);
        HostClient client = ClientOf(cluster, host, starter, report);
        if (lost is not null && lost.Address.HostId == client.Address.HostId && !await AnswersAsync(lost, client, starter, cluster, host, report.Host!, cancellationToken).ConfigureAwait(false))
        {
            client.Dispose();
            await starter.WaitForEndAsync(report.Host!.Pid, cancellationToken).ConfigureAwait(false);
            report = await starter.StartAsync(progress, cancellationToken).ConfigureAwait(false);
            client = ClientOf(cluster, host, starter, report);
        }

        if (HostVersion.Fits(report.Host!))
            return client;
        return await UpgradeAsync(starter, client, report.Host!, cluster, host, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="Provider.FindHostAsync"/>
    public async Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        HostStarter starter = StarterOf(cluster, host);
        return await starter.FindAsync(cancellationToken).ConfigureAwait(false) is { } report ? ClientOf(cluster, host, starter, report) : null;
    }

    /// <inheritdoc cref="Provider.DownAsync"/>
    public async Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        HostStarter starter = StarterOf(cluster, host);
        if (await starter.FindAsync(cancellationToken).ConfigureAwait(false) is not { } report)
            return false;
        if (report.Host!.Fingerprint is null)
        {
            // Of an earlier version: nothing that is worth a token is said to it.
            await starter.EndAsync(report.Host.Pid, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            return true;
        }

        using HostClient client = ClientOf(cluster, host, starter, report);
        await StopAsync(starter, client, report.Host.Pid, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Closes the way to a machine that is gone, so that nobody waits for an answer on it.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    public async Task LeaveAsync(ClusterSpec cluster, int host)
    {
        if (_machines.TryRemove(cluster.Hosts[host], out HostedMachine? hosted))
            await hosted.Machine.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="Provider.CheckAsync"/>
    public async Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        string subject = $"{cluster.Name} on {cluster.Hosts[host]}";
        try
        {
            HostReport report = await StarterOf(cluster, host).LookAsync(cancellationToken).ConfigureAwait(false);
            return [.. MachineFindings.Read(subject, report, RuntimesFor(cluster, host), HostedOf(cluster, host).Directory, time.GetUtcNow())];
        }
        catch (Exception e) when (e is RemoteException or RunhouseConfigurationException)
        {
            return [new Finding(subject, FindingLevel.Bad, e.Message)];
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (HostedMachine hosted in _machines.Values)
            await hosted.Machine.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether a host that was lost answers after all; false when it is about to end.</summary>
    /// <exception cref="HostUnreachableException">It stays, and does not answer.</exception>
    private async Task<bool> AnswersAsync(
        HostClient lost, HostClient client, HostStarter starter, ClusterSpec cluster, int host, HostFile file, CancellationToken cancellationToken)
    {
        if (lost.IsStopping)
            return false;
        HostAddress address = client.Address;
        try
        {
            await client.GetStatusAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HostUnreachableException e) when (OtherCertificateException.CauseOf(e) is null)
        {
            client.Dispose();

            // One that has begun to stop since has taken its file away.
            if (HostStoppingException.IsCauseOf(e) || (await starter.FindAsync(cancellationToken).ConfigureAwait(false))?.Host!.HostId != address.HostId)
                return false;

            // By the way to its machine as well, which no firewall stands in the way of, to tell what is in the way.
            using var inside = new HostClient(address.Inside, options.ConnectTimeout);
            if (address.IsOpen && await inside.AnswersAsync(cancellationToken).ConfigureAwait(false))
                throw new HostUnreachableException($"The host of cluster '{cluster.Name}' runs, and is not reached from here at {address.Uri.Authority}. {HostErrors.OpenPort(address)}", e);
            throw new HostUnreachableException(
                $"The host of cluster '{cluster.Name}' on {address.Machine} (process {file.Pid}) runs and does not answer. "
                + $"Look into its log in {HostedOf(cluster, host).Directory}/hosts/{cluster.FolderOf(host)}/logs there, or take it down, which ends that process (runhouse down {cluster.Name}), and call again.",
                e);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    // A host that holds nothing loses nothing when it makes room for a newer one.
    private async Task<HostClient> UpgradeAsync(
        HostStarter starter, HostClient running, HostFile file, ClusterSpec cluster, int host, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        using (running)
        {
            await HostVersion.EnsureHoldsNothingAsync(running, file, cancellationToken).ConfigureAwait(false);
            await StopAsync(starter, running, file.Pid, cancellationToken).ConfigureAwait(false);
        }

        HostReport report = await starter.StartAsync(progress, cancellationToken).ConfigureAwait(false);
        return HostVersion.DifferenceOf(report.Host!) is not { } difference ? ClientOf(cluster, host, starter, report) : throw new DeploymentException(
            $"The host that cluster '{cluster.Name}' got in place of the one before {difference}: another program with other versions uses it too. Give one of them a cluster of another name.");
    }

    private async Task StopAsync(HostStarter starter, HostClient client, int pid, CancellationToken cancellationToken)
        => await starter.EndAsync(pid, await TryStopAsync(client, cancellationToken).ConfigureAwait(false) ? options.ConnectTimeout : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);

    /// <summary>Tells a host to stop; false when it does not answer, so that only its process can be ended.</summary>
    private async Task<bool> TryStopAsync(HostClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.StopAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HostUnreachableException e)
        {
            if (HostStoppingException.IsCauseOf(e))
                return true;
            if (!client.Address.IsOpen)
                return false;
        }

        // A firewall in the way of its open port is no reason for it to go on.
        using var inside = new HostClient(client.Address.Inside, options.ConnectTimeout);
        return await TryStopAsync(inside, cancellationToken).ConfigureAwait(false);
    }

    private HostedMachine HostedOf(ClusterSpec cluster, int host) => _machines.GetOrAdd(cluster.Hosts[host], connect);

    private HostStarter StarterOf(ClusterSpec cluster, int host)
    {
        HostedMachine hosted = HostedOf(cluster, host);
        return new HostStarter(hosted.Machine, new HostStart
        {
            Cluster = cluster.Name,
            Folder = cluster.FolderOf(host),
            ProgramDirectory = HostProgram.BuildDirectory,
            Runtimes = RuntimesFor(cluster, host),
            Directory = hosted.Directory,
            DirectoryKey = hosted.DirectoryKey,
            IdleTimeout = cluster.Autostop switch
            {
                null => options.Ssh.IdleTimeout,
                { Ticks: < 0 } => null,
                { } autostop => autostop,
            },
            OpenPort = !hosted.Machine.IsOpenable ? null : cluster.HostPort ?? (hosted.Machine.ReachesLoopback ? options.Ssh.OpenPort : 0),
            StartTimeout = options.ConnectTimeout,
            Deployments = options.Deployments,
            Limits = options.Limits,
            Lease = hosted.Lease,
            Agent = hosted.Agent,
            SpotOf = cluster.SpotOf,
            MachineMemory = cluster.MachineMemory,
            MemoryShare = hosted.MemoryShare,
        });
    }

    private HostRuntimes RuntimesFor(ClusterSpec cluster, int host)
        => new(runtimes, usesOwn: options.Ssh.TakesPackages?.Invoke(cluster.Hosts[host]) is not true);

    private HostClient ClientOf(ClusterSpec cluster, int host, HostStarter starter, HostReport report)
    {
        HostAddress address = AddressOf(cluster, host, report.Host!, report.Rid);
        return new HostClient(address, options.ConnectTimeout)
        {
            FindAgainAsync = async token => await starter.FindAsync(token).ConfigureAwait(false) is { } found ? AddressOf(cluster, host, found.Host!, found.Rid) : null,
            FindLossAsync = HostedOf(cluster, host).FindLossAsync,
            HasEndedAsync = async token => (await starter.FindAsync(token).ConfigureAwait(false))?.Host!.HostId != address.HostId,
        };
    }

    // A host that was started before its cluster had an open port has none: the way to its machine leads to it, until it is started anew.
    private HostAddress AddressOf(ClusterSpec cluster, int host, HostFile file, string rid)
    {
        Machine machine = MachineOf(cluster, host);
        bool isOpen = machine.IsOpenable && file.IsOpen && (cluster.OpenPort ?? (machine.ReachesLoopback ? options.Ssh.OpenPort : null)) is not null;
        if (file.Fingerprint is null)
        {
            throw new DeploymentException(
                $"The host of cluster '{cluster.Name}' on {machine} (process {file.Pid}) was started by an earlier version without TLS, so that it cannot be told from another program on its port. "
                + $"Take it down when it is not needed (runhouse down {cluster.Name}), and call again.");
        }

        return new HostAddress(new UriBuilder(Uri.UriSchemeHttps, isOpen ? machine.Address : "127.0.0.1", file.Port).Uri, file.Token, file.HostId, cluster.Name)
        {
            Machine = machine,
            IsOpen = isOpen,
            Fingerprint = file.Fingerprint,
            Rid = rid,
        };
    }
}
