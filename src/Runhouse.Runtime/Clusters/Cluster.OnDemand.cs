using System.Globalization;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Leases;

namespace Runhouse;

/// <summary>Machines that are leased from clouds.</summary>
public sealed partial class Cluster
{
    /// <summary>What its machines must have; null for a cluster whose machines are named.</summary>
    public Resources? Needs => Spec.Needs;

    /// <summary>
    /// Machines that are leased when they are needed: of those of the catalogue that satisfy the needs, the cheapest that is to be had, from the providers whose packages this
    /// program refers to. Needs that name a scheduler as their provider (<c>slurm</c>) are given to that, and waited for in its queue. The machines end by themselves when they have had no work for their time (<see cref="WithAutostop"/>, or <c>Runhouse:OnDemand:IdleTimeout</c>), and cost
    /// nothing more; the next call leases others.
    /// </summary>
    /// <param name="name">The cluster's name: letters, digits, '-', '_' and '.'.</param>
    /// <param name="needs">What each machine must have, and what it may cost: <see cref="Resources.Parse"/>.</param>
    /// <param name="count">How many machines, all of one kind and in one place.</param>
    /// <exception cref="ArgumentException">The name is not allowed, or the needs name a scheduler beside other providers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is not from 1 to 1000.</exception>
    public static Cluster OnDemand(string name, Resources needs, int count = 1)
    {
        ClusterName.Check(name);
        ArgumentNullException.ThrowIfNull(needs);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1000);
        if (name == ClusterSpec.Local.Name)
            throw new ArgumentException($"The name '{name}' is this machine's. Choose another one.", nameof(name));
        string[] hosts = [.. Enumerable.Range(0, count).Select(host => string.Create(CultureInfo.InvariantCulture, $"{name}-{host}"))];
        return new Cluster(new ClusterSpec { Name = name, Provider = ProviderFor(needs), Hosts = hosts, Needs = needs }, 0);
    }

    /// <summary>Whether its machines stop and keep their disks where others end; null: what the configuration says (<c>Runhouse:OnDemand:KeepDisk</c>), which is no if it says nothing.</summary>
    public bool? KeepsDisk => Spec.KeepsDisk;

    /// <summary>
    /// This cluster with machines that stop where others end: when they have had no work for their time, when their host does not renew its lease. A stopped machine costs its disk alone,
    /// with what was sent there, its image and what its host has stored, and the next call starts it where it is. It holds from the next time on that machines are leased.
    /// </summary>
    /// <param name="isKept">Whether they do; false for machines that end, whatever the configuration says.</param>
    /// <exception cref="InvalidOperationException">The cluster's machines are not leased from clouds, or may be spot machines, which cannot be stopped.</exception>
    public Cluster WithKeptDisk(bool isKept = true)
    {
        if (Spec.Provider != OnDemandProvider.ProviderName)
            throw new InvalidOperationException($"Cluster '{Name}' has no machines of a cloud ({Spec.Provider}), so that there is none to stop. Leave WithKeptDisk out.");
        if (isKept && Needs!.Spot != SpotUse.Never)
            throw new InvalidOperationException($"Cluster '{Name}' may have spot machines (Spot={Needs.Spot.ToString().ToLowerInvariant()}), which are bought once and cannot be stopped. Leave out Spot to keep the disk, or leave WithKeptDisk out.");
        return new Cluster(Spec with { KeepsDisk = isKept }, HostIndex, Image);
    }

    /// <summary>The volumes of its machine.</summary>
    public IReadOnlyList<ClusterVolume> Volumes => Spec.Volumes;

    /// <summary>
    /// This cluster with a volume: a disk of a name that outlives its machine. The first cluster that asks for the name makes it, blank, where its machine is; from then on machines that have it
    /// are leased in its zone, one at a time. It stays when the machine ends, and is paid for until it is deleted (<see cref="Volume.DeleteAsync"/>).
    /// </summary>
    /// <param name="name">Its name, one for all clusters of this user: small letters, digits and '-'.</param>
    /// <param name="size">Its size in GiB, when it is made; one that is there has at least that.</param>
    /// <param name="path">The folder of the machine that it is, <c>/data</c>.</param>
    /// <exception cref="ArgumentException">The name, the size or the folder is not allowed, or another volume of the cluster has it.</exception>
    /// <exception cref="InvalidOperationException">The cluster's machines are not leased from clouds, or are more than one.</exception>
    public Cluster WithVolume(string name, int size, string path)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(path);
        if (Spec.Provider != OnDemandProvider.ProviderName)
            throw new InvalidOperationException($"Cluster '{Name}' has no machines of a cloud ({Spec.Provider}), which would have a volume. Leave WithVolume out, and use the disks that its machines have.");
        if (HostCount > 1)
            throw new InvalidOperationException($"Cluster '{Name}' has {HostCount} machines, and one machine has a volume at a time. Declare it with one machine, or keep what they share elsewhere.");
        var volume = new ClusterVolume(name, size, path);
        if (volume.FindProblem() is { } problem)
            throw new ArgumentException(problem);
        if (Volumes.Any(one => one.Name == name || one.Path == path))
            throw new ArgumentException($"Cluster '{Name}' has a volume '{name}' or one at '{path}' already. Give each a name and a folder of its own.");
        return new Cluster(Spec with { Volumes = [.. Volumes, volume] }, HostIndex, Image);
    }

    /// <summary>
    /// Stops the cluster's machines: they cost their disks alone, which keep what is there, and the next call, or <see cref="UpIfNotAsync"/>, starts them where they are. What runs on them ends.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting; the next command goes on with it.</param>
    /// <returns>Whether any ran.</returns>
    /// <exception cref="DeploymentException">The cluster's machines are not leased from clouds, or are spot machines, which cannot be stopped.</exception>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or does not say that they have stopped.</exception>
    public async Task<bool> StopAsync(CancellationToken cancellationToken = default)
    {
        ClusterConnections clusters = Connections();
        if (clusters.ProviderOf(Spec) is not OnDemandProvider provider)
            throw new DeploymentException($"Cluster '{Name}' has no machines of a cloud ({Spec.Provider}), so that there is none to stop. Take it down (runhouse down {Name}).");
        bool ran = await provider.StopAsync(Spec, cancellationToken).ConfigureAwait(false);
        await clusters.ForgetAsync(Spec).ConfigureAwait(false);
        return ran;
    }

    // A scheduler has no catalogue to choose from: who wants it names it alone.
    private static string ProviderFor(Resources needs)
    {
        string? scheduler = MachineProviders.SchedulerNames.FirstOrDefault(name => needs.Providers.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (scheduler is null)
            return OnDemandProvider.ProviderName;
        return needs.Providers.Count == 1 ? scheduler : throw new ArgumentException(
            $"'{scheduler}' places machines by its own queue, and is not compared with others: name it as the only provider, or leave it out of {string.Join('|', needs.Providers)}.", nameof(needs));
    }

    /// <summary>What the leased machines of this user have cost, those of clusters that are down or stopped too: one entry for each time that machines of a lease ran, and for those that run. No provider is asked.</summary>
    /// <exception cref="RunhouseConfigurationException">What is written down of it cannot be read.</exception>
    public static IReadOnlyList<LeaseCost> Spent()
    {
        var store = new LeaseStore(RunhouseHome.Current);
        IEnumerable<Lease> running = store.Names().Select(store.Find).OfType<Lease>().Where(static lease => lease.State == LeaseState.Held);
        return [.. store.Ledger.Read(), .. running.Select(static lease => CostLedger.CostOf(lease, TimeProvider.System.GetUtcNow()))];
    }

    /// <summary>
    /// Looks at every machine that this user has, as the clouds and schedulers have them, and gives those back of which no cluster knows: of programs that died while they leased them,
    /// and of clusters that were forgotten. Machines of clusters that are up stay.
    /// </summary>
    /// <param name="isDryRun">Whether nothing is given back, and only said what would be.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The machines, with what was done with each.</returns>
    /// <exception cref="CredentialsException">A cloud refuses the credentials, or there are none for any.</exception>
    /// <exception cref="HostUnreachableException">A cloud does not answer.</exception>
    public static Task<IReadOnlyList<CollectedMachine>> CollectAsync(bool isDryRun = false, CancellationToken cancellationToken = default)
        => Connections().CollectAsync(isDryRun, cancellationToken);
}
