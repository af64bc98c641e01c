using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Providers;

/// <summary>What makes hosts of one kind: this machine's, those of machines that are reached over SSH.</summary>
internal abstract class Provider : IAsyncDisposable
{
    /// <summary>The provider's name, as configuration and saved clusters have it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a cluster is saved before its machines are made: what is made costs money, and has to be found again to be taken down.</summary>
    public virtual bool SavesFirst => false;

    /// <summary>Whether there may be machines of a cluster that were made for it.</summary>
    /// <param name="cluster">The cluster.</param>
    public virtual bool Holds(ClusterSpec cluster) => false;

    /// <summary>Where a scheduler's allocations are made and looked for from here; null where none are.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    public virtual ValueTask<AllocationSite?> GetSiteAsync(CancellationToken cancellationToken) => default;

    /// <summary>Finds a host of a cluster, or makes it.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="lost">The client of the host as it was found before and did not answer; null the first time.</param>
    /// <param name="progress">Is told what goes on; null when nobody looks.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">The host cannot be made.</exception>
    /// <exception cref="HostUnreachableException">Its machine cannot be reached.</exception>
    public abstract Task<HostClient> GetHostAsync(
        ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken);

    /// <summary>A host of a cluster as it is now; nothing is started.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The host; null when none runs.</returns>
    public abstract Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken);

    /// <summary>What is left of the records of a host that does not run; nothing is started.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public virtual Task<KeptRecords> FindRecordsAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => Task.FromResult(KeptRecords.There);

    /// <summary>Takes a host down, and waits until it is gone.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether there was one.</returns>
    public abstract Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken);

    /// <summary>Forgets what is written down of a cluster whose machines are not asked.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    public virtual Task ForgetAsync(ClusterSpec cluster, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Checks what a host needs; nothing is started, sent or changed.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops checking.</param>
    public abstract Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
