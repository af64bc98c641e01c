using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Diagnosis;
using Runhouse.Runtime.Providers;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Benchmarks.Ssh;

/// <summary>Has one host, that somebody else has found and connected to.</summary>
/// <param name="open">The host.</param>
internal sealed class OpenHostProvider(HostClient open) : Provider
{
    /// <inheritdoc/>
    public override string Name => SshProvider.ProviderName;

    /// <inheritdoc/>
    public override Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken) => Task.FromResult(open);

    /// <inheritdoc/>
    public override Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => Task.FromResult<HostClient?>(open);

    /// <inheritdoc/>
    public override Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => default;
}
