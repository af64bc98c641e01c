using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>Machines that are reached over SSH: each becomes a host when it is first used, and its ports are reached over the same connection.</summary>
/// <param name="options">The configuration.</param>
/// <param name="runtimes">The runtimes for machines of other platforms.</param>
/// <param name="connect">Makes the way to a machine; nothing happens yet.</param>
/// <param name="time">The clock.</param>
internal sealed class SshProvider(RunhouseOptions options, ComposedRuntimes runtimes, Func<string, Machine> connect, TimeProvider time) : Provider
{
    /// <summary>The provider's name.</summary>
    public const string ProviderName = "ssh";

    private readonly MachineHosts _hosts = new(options, runtimes, name => new HostedMachine(connect(name)) { Directory = options.Ssh.Directory }, time);

    /// <inheritdoc/>
    public override string Name => ProviderName;

    /// <inheritdoc/>
    public override Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        => _hosts.GetHostAsync(cluster, host, lost, progress, cancellationToken);

    /// <inheritdoc/>
    public override Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
        => _hosts.FindHostAsync(cluster, host, cancellationToken);

    /// <inheritdoc/>
    public override Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => _hosts.DownAsync(cluster, host, cancellationToken);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
        => _hosts.CheckAsync(cluster, host, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _hosts.DisposeAsync();
}
