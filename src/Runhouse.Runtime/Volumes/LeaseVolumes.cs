using System.Globalization;
using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Volumes;

/// <summary>The volumes of leases: they keep machines in their zone, and are made and given to machines that have been leased.</summary>
/// <param name="clouds">The clouds.</param>
/// <param name="owner">Whose they are.</param>
internal sealed class LeaseVolumes(CloudSet clouds, Func<string> owner)
{
    /// <summary>Those of this user in some clouds.</summary>
    /// <param name="usable">The clouds.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<CloudVolume>> FindAsync(IEnumerable<IMachineCloud> usable, CancellationToken cancellationToken)
        => [.. (await Task.WhenAll(usable.OfType<IVolumeCloud>().Select(cloud => cloud.FindVolumesAsync(owner(), cancellationToken))).ConfigureAwait(false)).SelectMany(static found => found).OrderBy(static one => one.Name, StringComparer.Ordinal)];

    /// <summary>Those of the candidates that are where a cluster's volumes are, as far as there are any.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="wanted">Its volumes.</param>
    /// <param name="candidates">The candidates.</param>
    /// <param name="usable">The clouds.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CapacityException">None is there.</exception>
    /// <exception cref="DeploymentException">A volume is too small, is another machine's, or is elsewhere than another one.</exception>
    public async Task<Candidates> PinAsync(
        string cluster, IReadOnlyList<ClusterVolume> wanted, Candidates candidates, IReadOnlyList<IMachineCloud> usable, CancellationToken cancellationToken)
    {
        IReadOnlyList<CloudVolume> all = await FindAsync(usable, cancellationToken).ConfigureAwait(false);
        foreach (ClusterVolume one in wanted)
        {
            if (all.FirstOrDefault(volume => volume.Name == one.Name) is not { } volume)
                continue;
            await CheckAsync(cluster, one, volume, cancellationToken).ConfigureAwait(false);
            Candidate[] there =
            [
                .. candidates.Where(candidate => candidate.Offer.Provider == volume.Provider && candidate.Offer.Region == volume.Region && (candidate.Offer.Zone is null || candidate.Offer.Zone == volume.Zone))
                    .Select(candidate => candidate with { Offer = candidate.Offer with { Zone = volume.Zone } }),
            ];
            if (there.Length == 0)
            {
                throw new CapacityException(
                    $"Volume {volume} of cluster '{cluster}' keeps its machine in {volume.Zone}, and no machine there has {candidates.Needs}{(wanted.Count > 1 ? " or its other volumes" : "")}. Ask for a machine that there is in {volume.Region} ({volume.Provider}), or take a volume of another name.");
            }

            candidates = candidates.Only(there);
        }

        return candidates;
    }

    /// <summary>Gives the volumes of a lease to its machine; those that there are not yet are made.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="machine">Its machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Where each is found on the machine.</returns>
    /// <exception cref="DeploymentException">A volume is too small, is another machine's, or is elsewhere.</exception>
    public async Task<IReadOnlyList<string>> AttachAsync(Lease lease, LeasedMachine machine, CancellationToken cancellationToken)
    {
        if (lease.Volumes.Count == 0)
            return [];
        IVolumeCloud cloud = clouds.Of(machine.Provider) as IVolumeCloud
            ?? throw new DeploymentException($"The provider '{machine.Provider}' has no volumes. Leave them out of cluster '{lease.Cluster}', or ask for another provider.");
        IReadOnlyList<CloudVolume> all = await cloud.FindVolumesAsync(owner(), cancellationToken).ConfigureAwait(false);
        var devices = new List<string>();
        foreach (ClusterVolume one in lease.Volumes)
        {
            CloudVolume volume = all.FirstOrDefault(found => found.Name == one.Name) ?? await cloud.MakeVolumeAsync(
                new VolumeRequest { Token = $"{lease.Id}-{one.Name}", Owner = owner(), Name = one.Name, Size = one.Size, Machine = machine }, cancellationToken).ConfigureAwait(false);
            if (volume.AttachedTo != machine.Id)
                await CheckAsync(lease.Cluster, one, volume, cancellationToken).ConfigureAwait(false);
            if (volume.Zone != machine.Zone)
                throw new DeploymentException($"Volume {volume} was made in {volume.Zone} while the machine of cluster '{lease.Cluster}' was leased in {machine.Zone}. Call again: the next machine is leased where the volume is.");
            await cloud.AttachVolumeAsync(volume, machine, cancellationToken).ConfigureAwait(false);
            devices.Add(volume.Device);
        }

        return devices;
    }

    /// <summary>The machine that has a volume, and is not about to be gone; null when there is none.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<LeasedMachine?> HolderOf(CloudVolume volume, CancellationToken cancellationToken) => volume.AttachedTo is not { } id
        ? null
        : (await clouds.Of(volume.Provider).FindAsync(owner(), cancellationToken).ConfigureAwait(false)).FirstOrDefault(machine => machine.Id == id && machine.State != MachineState.Ending);

    private async Task CheckAsync(string cluster, ClusterVolume wanted, CloudVolume volume, CancellationToken cancellationToken)
    {
        if (volume.Size < wanted.Size)
        {
            throw new DeploymentException(string.Create(
                CultureInfo.InvariantCulture, $"Volume {volume} has {volume.Size} GiB, and cluster '{cluster}' asks for {wanted.Size}. Ask for no more than it has, or take a volume of another name."));
        }

        if (await HolderOf(volume, cancellationToken).ConfigureAwait(false) is { } holder)
            throw new DeploymentException($"Volume {volume} is at machine {holder} of cluster '{holder.Cluster}', and one machine has it at a time. Take that cluster down (runhouse down {holder.Cluster}), or take a volume of another name.");
    }
}
