using Runhouse.Runtime.Client;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Volumes;

namespace Runhouse;

/// <summary>The disks of this user that outlive machines. Clusters make them, by <see cref="Cluster.WithVolume"/>; they stay, and are paid for, until they are deleted here.</summary>
public static class Volume
{
    /// <summary>Those that there are, by name, in all clouds that can be used from here.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CredentialsException">A cloud refuses the credentials, or there are none for any.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer.</exception>
    public static async Task<IReadOnlyList<CloudVolume>> ListAsync(CancellationToken cancellationToken = default)
    {
        ClusterConnections clusters = Connections();
        return await clusters.Volumes!.FindAsync(await clusters.Clouds!.UsableAsync([], cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes a volume, with what is on it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="DeploymentException">A machine has it.</exception>
    /// <exception cref="CredentialsException">A cloud refuses the credentials, or there are none for any.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer, or does not say that it is gone.</exception>
    public static async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ClusterConnections clusters = Connections();
        CloudVolume[] named = [.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(one => one.Name == name)];
        foreach (CloudVolume volume in named)
        {
            if (await clusters.Volumes!.HolderOf(volume, cancellationToken).ConfigureAwait(false) is { } holder)
                throw new DeploymentException($"Volume {volume} is at machine {holder} of cluster '{holder.Cluster}'. Take the cluster down first (runhouse down {holder.Cluster}); nothing was deleted.");
        }

        foreach (CloudVolume volume in named)
            await ((IVolumeCloud)clusters.Clouds!.Of(volume.Provider)).DeleteVolumeAsync(volume, cancellationToken).ConfigureAwait(false);
        return named.Length > 0;
    }

    private static ClusterConnections Connections() => RunhouseRuntime.Current.Clusters ?? throw new InvalidOperationException(
        "Remote code runs in this process (Runhouse:Mode = Inline), where there are no volumes. Set Runhouse:Mode to Remote.");
}
