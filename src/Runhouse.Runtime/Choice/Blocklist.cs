namespace Runhouse.Runtime.Choice;

/// <summary>Where it is of no use to ask again, as failures have shown.</summary>
internal sealed class Blocklist
{
    private readonly HashSet<(string Provider, string Place, string What, bool IsSpot)> _blocked = [];

    /// <summary>Whether a candidate is in a place that is blocked for it.</summary>
    /// <param name="candidate">The candidate.</param>
    public bool Covers(Candidate candidate)
        => _blocked.Contains(ZoneOf(candidate)) || _blocked.Contains(PoolOf(candidate)) || _blocked.Contains(TypeOf(candidate)) || _blocked.Contains(RegionOf(candidate));

    /// <summary>Blocks what a failure says.</summary>
    /// <param name="candidate">The candidate that failed.</param>
    /// <param name="failure">The class of its failure.</param>
    /// <exception cref="ArgumentOutOfRangeException">The class is one behind which nothing is tried.</exception>
    public void Add(Candidate candidate, ProvisioningFailure failure) => _blocked.Add(failure switch
    {
        ProvisioningFailure.Capacity => ZoneOf(candidate),
        ProvisioningFailure.Quota => PoolOf(candidate),
        ProvisioningFailure.Unsupported => TypeOf(candidate),
        ProvisioningFailure.Throttled => RegionOf(candidate),
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "Nothing is tried behind a failure of this class."),
    });

    // Capacity differs between types and between spot and on-demand: one that is used up says nothing of the other.
    private static (string, string, string, bool) ZoneOf(Candidate one) => (one.Offer.Provider, $"{one.Offer.Region}/{one.Offer.Zone}", one.Offer.InstanceType, one.IsSpot);

    // Providers count quotas by accelerator, and for machines without one by family; spot machines have quotas of their own.
    private static (string, string, string, bool) PoolOf(Candidate one) => (one.Offer.Provider, one.Offer.Region, $"pool {one.Offer.Accelerator?.Name ?? FamilyOf(one.Offer.InstanceType)}", one.IsSpot);

    // Not sold there is not sold there, in whichever way it is bought.
    private static (string, string, string, bool) TypeOf(Candidate one) => (one.Offer.Provider, one.Offer.Region, $"type {one.Offer.InstanceType}", false);

    // Providers limit requests for each region.
    private static (string, string, string, bool) RegionOf(Candidate one) => (one.Offer.Provider, one.Offer.Region, "all", false);

    // m8i.12xlarge, n4-standard-80
    private static string FamilyOf(string type) => type.Split('.', '-')[0];
}
