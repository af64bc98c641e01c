using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Volumes;

/// <summary>The disks of a cloud that outlive machines: what a provider's package implements beside <see cref="IMachineCloud"/>. Thread-safe.</summary>
public interface IVolumeCloud
{
    /// <summary>Finds the volumes that carry an owner's tag, in all regions.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer.</exception>
    Task<IReadOnlyList<CloudVolume>> FindVolumesAsync(string owner, CancellationToken cancellationToken);

    /// <summary>Makes a blank volume where a machine is, with the tags by which it is found. Asked again with the same token it makes nothing new.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or refuses it.</exception>
    Task<CloudVolume> MakeVolumeAsync(VolumeRequest request, CancellationToken cancellationToken);

    /// <summary>Gives a volume to a machine, and ends when it has it. One that another machine has which is about to be gone is waited for. It stays when the machine ends.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or refuses it.</exception>
    Task AttachVolumeAsync(CloudVolume volume, LeasedMachine machine, CancellationToken cancellationToken);

    /// <summary>Deletes a volume, and ends when the cloud says that it is gone; one that is gone already is no error.</summary>
    /// <param name="volume">The volume, which no machine has.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or refuses it.</exception>
    Task DeleteVolumeAsync(CloudVolume volume, CancellationToken cancellationToken);
}
