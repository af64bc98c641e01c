using Runhouse.Runtime.Client;
using Runhouse.Runtime.Volumes;

namespace Runhouse;

/// <summary>The disks of this user that outlive machines. Clusters make them, by <see cref="Cluster.WithVolume"/>; they stay, and are paid for, until they are deleted here.</summary>
public static class Volume
{
    /// <summary>Those that there are, by name, in all clouds that can be used from here.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CredentialsException">A cloud refuses the credentials, or there are none for any.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer.</exception>
    public static Task<IReadOnlyList<CloudVolume>> ListAsync(CancellationToken cancellationToken = default) => Volumes().FindAsync(cancellationToken);

    /// <summary>Finds the volume of a name.</summary>
    /// <param name="nameOrId">Its name, or its cloud's id of it.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>It; null when there is none.</returns>
    /// <exception cref="DeploymentException">There are several of the name; the message has their ids.</exception>
    /// <exception cref="CredentialsException">A cloud refuses the credentials, or there are none for any.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer.</exception>
    public static Task<CloudVolume?> FindAsync(string nameOrId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrId);
        return Volumes().FindAsync(nameOrId, cancellationToken);
    }

    /// <summary>Deletes a volume, with what is on it.</summary>
    /// <param name="nameOrId">Its name, or its cloud's id of it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What was deleted; null when there was none.</returns>
    /// <exception cref="DeploymentException">A machine has it; or there are several of the name, and the message has their ids. Nothing is deleted.</exception>
    /// <exception cref="CredentialsException">A cloud refuses the credentials, or there are none for any.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer, or does not say that it is gone.</exception>
    public static Task<CloudVolume?> DeleteAsync(string nameOrId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrId);
        return Volumes().DeleteAsync(nameOrId, cancellationToken);
    }

    private static LeaseVolumes Volumes() => RunhouseRuntime.Current.Clusters?.Volumes ?? throw new InvalidOperationException(
        "Remote code runs in this process (Runhouse:Mode = Inline), where there are no volumes. Set Runhouse:Mode to Remote.");
}
