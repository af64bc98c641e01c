using System.Globalization;
using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Volumes;

/// <summary>
/// The volumes of leases: they keep machines in their zone, and are made and given to machines that have been leased. There is one of a name: it is looked for in all clouds,
/// whatever a cluster asks for, and under the name's lock when it is made.
/// </summary>
/// <param name="store">Where their locks are.</param>
/// <param name="clouds">The clouds.</param>
/// <param name="owner">Whose they are.</param>
/// <param name="time">The clock.</param>
internal sealed class LeaseVolumes(LeaseStore store, CloudSet clouds, Func<string> owner, TimeProvider time)
{
    /// <summary>Those of this user, by name, in all clouds that can be used from here.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<CloudVolume>> FindAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<IMachineCloud> usable = await clouds.UsableAsync([], cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CloudVolume>[] found = await Task.WhenAll(usable.OfType<IVolumeCloud>().Select(cloud => cloud.FindVolumesAsync(owner(), cancellationToken))).ConfigureAwait(false);
        return [.. found.SelectMany(static some => some).OrderBy(static one => one.Name, StringComparer.Ordinal)];
    }

    /// <summary>The one that somebody means; null when there is none.</summary>
    /// <param name="nameOrId">Its name, or its cloud's id of it, with <c>ZONE/</c> before it where disks of several zones have that.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="DeploymentException">There are several.</exception>
    public async Task<CloudVolume?> FindAsync(string nameOrId, CancellationToken cancellationToken)
    {
        IReadOnlyList<CloudVolume> all = await FindAsync(cancellationToken).ConfigureAwait(false);
        return OnlyOf(nameOrId, all) ?? all.FirstOrDefault(one => IdOf(one, all) == nameOrId);
    }

    /// <summary>Deletes one, with what is on it.</summary>
    /// <param name="nameOrId">Its name, or its cloud's id of it, with <c>ZONE/</c> before it where disks of several zones have that.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>It; null when there was none.</returns>
    /// <exception cref="DeploymentException">There are several, or a machine has it.</exception>
    public async Task<CloudVolume?> DeleteAsync(string nameOrId, CancellationToken cancellationToken)
    {
        if (await FindAsync(nameOrId, cancellationToken).ConfigureAwait(false) is not { } found)
            return null;
        using FileStream taken = await store.TakeVolumeAsync(found.Name, time, cancellationToken).ConfigureAwait(false);
        CloudVolume? volume = (await FindAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(one => IsSame(one, found));
        if (volume is null)
            return null;
        if (await HolderOf(volume, cancellationToken).ConfigureAwait(false) is { } holder)
            throw new DeploymentException($"Volume {volume} is at machine {holder} of cluster '{holder.Cluster}'. Take the cluster down first (runhouse down {holder.Cluster}); nothing was deleted.");
        await ((IVolumeCloud)clouds.Of(volume.Provider)).DeleteVolumeAsync(volume, cancellationToken).ConfigureAwait(false);
        return volume;
    }

    /// <summary>Those of the candidates that are where a cluster's volumes are, as far as there are any.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="wanted">Its volumes.</param>
    /// <param name="candidates">The candidates.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CapacityException">None is there.</exception>
    /// <exception cref="DeploymentException">A volume is too small, is another machine's, or there are several of its name.</exception>
    public async Task<Candidates> PinAsync(string cluster, IReadOnlyList<ClusterVolume> wanted, Candidates candidates, CancellationToken cancellationToken)
    {
        IReadOnlyList<CloudVolume> all = await FindAsync(cancellationToken).ConfigureAwait(false);
        foreach (ClusterVolume one in wanted)
        {
            if (OnlyOf(one.Name, all) is not { } volume)
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
    /// <exception cref="DeploymentException">A volume is too small, is another machine's, is elsewhere, or there are several of its name.</exception>
    public async Task<IReadOnlyList<string>> AttachAsync(Lease lease, LeasedMachine machine, CancellationToken cancellationToken)
    {
        if (lease.Volumes.Count == 0)
            return [];
        IVolumeCloud cloud = clouds.Of(machine.Provider) as IVolumeCloud
            ?? throw new DeploymentException($"The provider '{machine.Provider}' has no volumes. Leave them out of cluster '{lease.Cluster}', or ask for another provider.");
        var devices = new List<string>();
        foreach (ClusterVolume one in lease.Volumes)
            devices.Add(await AttachAsync(lease, one, machine, cloud, cancellationToken).ConfigureAwait(false));
        return devices;
    }

    /// <summary>The machine that has a volume, and is not about to be gone; null when there is none.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<LeasedMachine?> HolderOf(CloudVolume volume, CancellationToken cancellationToken) => volume.AttachedTo is not { } id
        ? null
        : (await clouds.Of(volume.Provider).FindAsync(owner(), cancellationToken).ConfigureAwait(false)).FirstOrDefault(machine => machine.Id == id && machine.State != MachineState.Ending);

    private static bool IsSame(CloudVolume one, CloudVolume other) => (one.Provider, one.Zone, one.Id) == (other.Provider, other.Zone, other.Id);

    // A cloud that knows disks by name may have the name in several zones.
    private static string IdOf(CloudVolume volume, IEnumerable<CloudVolume> all) => all.Count(one => one.Id == volume.Id) == 1 ? volume.Id : $"{volume.Zone}/{volume.Id}";

    private static CloudVolume? OnlyOf(string name, IReadOnlyList<CloudVolume> all) => all.Where(one => one.Name == name).ToArray() switch
    {
        [] => null,
        [var only] => only,
        var several => throw new DeploymentException($"There are several volumes '{name}': {string.Join("; ", several.AsEnumerable())}. Delete those that are not meant, each by its id, as in 'runhouse volumes delete {IdOf(several[^1], all)}'; or take a volume of another name."),
    };

    // Under its lock until the machine has it: who comes next finds out that it has.
    private async Task<string> AttachAsync(Lease lease, ClusterVolume wanted, LeasedMachine machine, IVolumeCloud cloud, CancellationToken cancellationToken)
    {
        using FileStream taken = await store.TakeVolumeAsync(wanted.Name, time, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CloudVolume> all = await FindAsync(cancellationToken).ConfigureAwait(false);
        CloudVolume volume = OnlyOf(wanted.Name, all) ?? await cloud.MakeVolumeAsync(
            new VolumeRequest { Token = $"{lease.Id}-{wanted.Name}", Owner = owner(), Name = wanted.Name, Size = wanted.Size, Machine = machine }, cancellationToken).ConfigureAwait(false);
        if (volume.AttachedTo != machine.Id)
            await CheckAsync(lease.Cluster, wanted, volume, cancellationToken).ConfigureAwait(false);
        if ((volume.Provider, volume.Zone) != (machine.Provider, machine.Zone))
            throw new DeploymentException($"Volume {volume} was made in {volume.Zone} while the machine of cluster '{lease.Cluster}' was leased in {machine.Zone}. Call again: the next machine is leased where the volume is.");
        await cloud.AttachVolumeAsync(volume, machine, cancellationToken).ConfigureAwait(false);
        return volume.Device;
    }

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
