using Runhouse.Runtime.Catalogue;

namespace Runhouse.Runtime.Choice;

/// <summary>Goes through the catalogue and finds the machines that satisfy a request, each in every zone of its region and in each way to buy it.</summary>
/// <param name="needs">The request.</param>
/// <param name="order">Which comes first.</param>
internal sealed class CandidateSearch(Resources needs, CandidateOrder order)
{
    private readonly Dictionary<Requirement, (int Count, MachineOffer Nearest)> _refused = [];
    private readonly List<Candidate> _found = [];

    /// <summary>Searches.</summary>
    /// <param name="offers">The offers of the catalogue.</param>
    public Candidates Run(IEnumerable<MachineOffer> offers)
    {
        foreach (IGrouping<(string, string, string), MachineOffer> place in offers.GroupBy(static offer => offer.Place))
        {
            // The list price is one for the region. Where rows have different ones, the higher cannot disappoint.
            MachineOffer any = place.First() with { ListPrice = place.Max(static offer => offer.ListPrice), AsOf = place.Min(static offer => offer.AsOf) };
            if (Unsatisfied(any) is { } requirement)
                Refuse(requirement, any);
            else
                Add(any, [.. place]);
        }

        IEnumerable<Refusals> refusals = _refused.OrderBy(static one => one.Key).Select(static one => new Refusals(one.Key, one.Value.Count, one.Value.Nearest));
        return new Candidates(needs, Sorted(), [.. refusals], [.. offers]);
    }

    private Requirement? Unsatisfied(MachineOffer offer)
    {
        if (needs.Providers.Count > 0 && !Has(needs.Providers, offer.Provider))
            return Requirement.Provider;
        if (needs.Regions.Count > 0 && !Has(needs.Regions, offer.Region))
            return Requirement.Region;
        if (needs.InstanceTypes.Count > 0 && !Has(needs.InstanceTypes, offer.InstanceType))
            return Requirement.InstanceType;
        if (needs.Accelerators.Count > 0 && !needs.Accelerators.Any(need => offer.Accelerator is { } has && AcceleratorModels.IsNamed(has, need)))
            return Requirement.Accelerator;
        if (needs.Accelerators.Count > 0 && !needs.Accelerators.Any(need => AcceleratorModels.Satisfies(offer.Accelerator!.Value, need)))
            return Requirement.AcceleratorCount;
        if (!Fits(offer.Cpus, needs.Cpus))
            return Requirement.Cpus;
        return Fits(offer.Memory, needs.Memory) ? null : Requirement.Memory;
    }

    // A machine to buy is no larger than an exact amount says.
    private static bool Fits(double has, Quantity? need) => need is not { } amount || (amount.OrMore ? has >= amount.Value : has == amount.Value);

    private static bool Has(EquatableList<string> names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private void Add(MachineOffer place, MachineOffer[] rows)
    {
        bool isAffordable = false;
        string?[] zones = [.. Zones.Of(place.Provider, place.Region).Concat(rows.Select(static row => row.Zone).OfType<string>()).Distinct().Order(StringComparer.Ordinal)];
        foreach (string? zone in zones.Length > 0 ? zones : [null])
        {
            // A row without a zone speaks for those that have none of their own.
            MachineOffer? row = rows.FirstOrDefault(one => one.Zone == zone) ?? rows.FirstOrDefault(static one => one.Zone is null);
            MachineOffer offer = (row ?? place) with { Zone = zone, ListPrice = place.ListPrice, SpotPrice = row?.SpotPrice };
            if (needs.Spot != SpotUse.Never)
                isAffordable |= TryAdd(new Candidate(offer, IsSpot: true));
            if (needs.Spot != SpotUse.Only)
                isAffordable |= TryAdd(new Candidate(offer, IsSpot: false));
        }

        if (!isAffordable)
            Refuse(Requirement.Price, place);
    }

    private bool TryAdd(Candidate candidate)
    {
        if (needs.MaxPrice is { } most && !(candidate.Price <= most))
            return false;
        _found.Add(candidate);
        return true;
    }

    private IReadOnlyList<Candidate> Sorted()
    {
        IOrderedEnumerable<Candidate> sorted = order == CandidateOrder.AsWritten
            ? _found.OrderBy(one => Rank(needs.Accelerators, need => one.Offer.Accelerator is { } has && AcceleratorModels.Satisfies(has, need)))
                .ThenBy(one => Rank(needs.InstanceTypes, one.Offer.InstanceType))
                .ThenBy(one => Rank(needs.Providers, one.Offer.Provider))
                .ThenBy(one => Rank(needs.Regions, one.Offer.Region))
                .ThenBy(static one => one.Price is null)
            : _found.OrderBy(static one => one.Price is null);
        return
        [
            .. sorted.ThenBy(static one => one.Price)
                .ThenBy(static one => one.Offer.ListPrice ?? decimal.MaxValue)
                .ThenBy(static one => one.Offer.Provider, StringComparer.Ordinal)
                .ThenBy(static one => one.Offer.Region, StringComparer.Ordinal)
                .ThenBy(static one => one.Offer.InstanceType, StringComparer.Ordinal)
                .ThenBy(static one => one.Offer.Zone, StringComparer.Ordinal),
        ];
    }

    private static int Rank(EquatableList<string> names, string name) => Rank(names, other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase));

    private static int Rank<T>(EquatableList<T> alternatives, Func<T, bool> fits)
    {
        for (int i = 0; i < alternatives.Count; i++)
        {
            if (fits(alternatives[i]))
                return i;
        }

        return alternatives.Count;
    }

    private void Refuse(Requirement requirement, MachineOffer offer)
    {
        (int count, MachineOffer? nearest) = _refused.GetValueOrDefault(requirement);
        _refused[requirement] = (count + 1, nearest is null || IsNearer(requirement, offer, nearest) ? offer : nearest);
    }

    private bool IsNearer(Requirement requirement, MachineOffer offer, MachineOffer than) => requirement switch
    {
        Requirement.AcceleratorCount => offer.Accelerator?.Count > than.Accelerator?.Count,
        Requirement.Cpus => Math.Abs(offer.Cpus - needs.Cpus!.Value.Value) < Math.Abs(than.Cpus - needs.Cpus.Value.Value),
        Requirement.Memory => Math.Abs(offer.Memory - needs.Memory!.Value.Value) < Math.Abs(than.Memory - needs.Memory.Value.Value),
        Requirement.Price => offer.ListPrice < than.ListPrice || (than.ListPrice is null && offer.ListPrice is not null),
        _ => false,
    };
}
