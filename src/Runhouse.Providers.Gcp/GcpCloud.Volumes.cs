using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.Gcp;

/// <summary>The volumes of Compute Engine: disks of a zone.</summary>
public sealed partial class GcpCloud : IVolumeCloud
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<CloudVolume>> FindVolumesAsync(string owner, CancellationToken cancellationToken)
        => AskAsync("The volumes of gcp cannot be listed", () => _compute.Disks.OfOwnerAsync(owner, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<CloudVolume> MakeVolumeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync($"The volume {request.Name} cannot be made in {request.Machine.Zone} (gcp)", () => _compute.Disks.MakeAsync(request, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task AttachVolumeAsync(CloudVolume volume, LeasedMachine machine, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(machine);
        return DoAsync($"The volume {volume} cannot be attached to {machine.Id}", () => _compute.Disks.AttachAsync(volume, machine, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteVolumeAsync(CloudVolume volume, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        return DoAsync($"The volume {volume} is not known to be deleted", () => _compute.Disks.DeleteAsync(volume, cancellationToken), cancellationToken);
    }
}
