using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.Aws;

/// <summary>The volumes of EC2: EBS, gp3.</summary>
public sealed partial class AwsCloud : IVolumeCloud
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<CloudVolume>> FindVolumesAsync(string owner, CancellationToken cancellationToken)
    {
        // In those that the options leave out as well: there may be some of before they did.
        IReadOnlyList<AwsRegion> regions = await AskAsync("The regions of aws cannot be listed", () => _regions.ListEnabledAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CloudVolume>[] found = await Task.WhenAll(regions.Select(region => FindVolumesAsync(region, owner, cancellationToken))).ConfigureAwait(false);
        return [.. found.SelectMany(static volumes => volumes)];
    }

    /// <inheritdoc/>
    public Task<CloudVolume> MakeVolumeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync(
            $"The volume {request.Name} cannot be made in {request.Machine.Zone} (aws)", () => _regions.Get(request.Machine.Region).Volumes.MakeAsync(request, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task AttachVolumeAsync(CloudVolume volume, LeasedMachine machine, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(machine);
        return DoAsync($"The volume {volume} cannot be attached to {machine.Id}", () => _regions.Get(volume.Region).Volumes.AttachAsync(volume.Id, machine.Id, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteVolumeAsync(CloudVolume volume, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        return DoAsync($"The volume {volume} is not known to be deleted", () => _regions.Get(volume.Region).Volumes.DeleteAsync(volume.Id, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<CloudVolume>> FindVolumesAsync(AwsRegion region, string owner, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync($"The volumes of aws in {region.Name} cannot be listed", () => region.Volumes.OfOwnerAsync(owner, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (CredentialsException) when (!_regions.Has(region.Name))
        {
            // It is left out because nothing is allowed there, making volumes least of all.
            return [];
        }
    }
}
