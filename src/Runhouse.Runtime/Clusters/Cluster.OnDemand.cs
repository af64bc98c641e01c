using System.Globalization;
using Runhouse.Runtime.Clusters;
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

    // A scheduler has no catalogue to choose from: who wants it names it alone.
    private static string ProviderFor(Resources needs)
    {
        string? scheduler = MachineProviders.SchedulerNames.FirstOrDefault(name => needs.Providers.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (scheduler is null)
            return OnDemandProvider.ProviderName;
        return needs.Providers.Count == 1 ? scheduler : throw new ArgumentException(
            $"'{scheduler}' places machines by its own queue, and is not compared with others: name it as the only provider, or leave it out of {string.Join('|', needs.Providers)}.", nameof(needs));
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
