using System.Globalization;
using Runhouse.Protocol.Contracts;
using Runhouse.Runtime.Catalogue;

namespace Runhouse.Runtime.Choice;

/// <summary>Says why no machine of the catalogue satisfies a request: the requirement that the nearest ones fail, and what to ask for instead.</summary>
/// <param name="needs">The request.</param>
/// <param name="refused">How many machines fail at what.</param>
/// <param name="offers">All machines.</param>
internal sealed class RefusalText(Resources needs, IReadOnlyList<Refusals> refused, IReadOnlyList<MachineOffer> offers)
{
    /// <summary>Writes it.</summary>
    public string Write()
    {
        if (refused.Count == 0)
            return "The catalogue is empty: the overrides have removed every machine. 'runhouse catalog status' shows what they do; change the file that it names.";

        // What got furthest is nearest to what was asked for.
        Refusals last = refused[^1];
        string counts = refused.Count == 1 ? "" : $" Of the {Number(refused.Sum(static one => one.Count))} offers in the catalogue, {string.Join(", ", refused.Select(static one => $"{Number(one.Count)} fail for {WordOf(one.Requirement)}"))}.";
        return $"No machine in the catalogue has {needs}: {Reason(last.Requirement, last.Nearest)}{counts}";
    }

    private string Reason(Requirement requirement, MachineOffer nearest) => requirement switch
    {
        Requirement.Provider => Unknown("provider", needs.Providers, offers.Select(static offer => offer.Provider)),
        Requirement.Region => Unknown("region", needs.Regions, Reaching(requirement).Select(static offer => offer.Region)),
        Requirement.InstanceType => Unknown("instance type", needs.InstanceTypes, Reaching(requirement).Select(static offer => offer.InstanceType)),
        Requirement.Accelerator => NoAccelerator(),
        Requirement.AcceleratorCount => NoCount(),
        Requirement.Cpus => $"with that, no type has {Amount(needs.Cpus!.Value)} cores; the nearest is {Name(nearest)} with {Number(nearest.Cpus)}. Ask for that, or for fewer with a plus sign.",
        Requirement.Memory => $"with that, no type has {Amount(needs.Memory!.Value)} GiB of memory; the nearest is {Name(nearest)} with {Number(nearest.Memory)}. Ask for that, or for less with a plus sign.",
        _ when nearest.ListPrice is { } price => $"the cheapest that would do, {Name(nearest)} in {nearest.Region}, costs ${Number(price)} an hour on demand, and {Limit()}.",
        _ => $"the price of {Name(nearest)} in {nearest.Region} is not known, and {Limit()}. 'runhouse catalog refresh' may find it.",
    };

    private string Limit() => $"MaxPrice is {Number(needs.MaxPrice!.Value)}{(needs.Spot == SpotUse.Never ? ". Raise it, or allow spot machines" : ". Raise it")}";

    private string NoAccelerator()
    {
        string[] known = [.. offers.Select(static offer => offer.Accelerator?.Name).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        string wanted = string.Join(" or ", needs.Accelerators.Select(static one => one.Name));

        // Known, but nowhere to be had, is another mistake than a name that nothing has.
        bool isElsewhere = needs.Accelerators.Any(need => offers.Any(offer => offer.Accelerator is { } has && AcceleratorModels.IsNamed(has, need)));
        if (isElsewhere)
            return $"{wanted} is not in what is left of the catalogue with that provider, region and instance type. Leave one of them out.";
        string[] near = [.. needs.Accelerators.SelectMany(need => NearNames.Of(need.Name, known.Concat(known.Select(static name => name.Split('-')[0])).Distinct())).Distinct()];
        return near.Length > 0
            ? $"no type has {wanted}. Did you mean {string.Join(" or ", near)}?"
            : $"no type has {wanted}. There are {string.Join(", ", known)}; a machine of your own can be added to the catalogue's overrides.";
    }

    private string NoCount()
    {
        IEnumerable<string> alternatives = needs.Accelerators
            .Select(need => (Need: need, Most: Reaching(Requirement.AcceleratorCount).Where(offer => offer.Accelerator is { } has && AcceleratorModels.IsNamed(has, need)).MaxBy(static offer => offer.Accelerator!.Value.Count)))
            .Where(static one => one.Most is not null)
            .Select(static one => $"no type has {Number(one.Need.Count)} {one.Need.Name}; the most is {Number(one.Most!.Accelerator!.Value.Count)} in {Name(one.Most)}");
        return $"{string.Join(", and ", alternatives)}. Ask for fewer, or spread the work over several machines.";
    }

    private static string Unknown(string what, EquatableList<string> wanted, IEnumerable<string> known)
    {
        string[] names = [.. known.Distinct().Order(StringComparer.Ordinal)];
        string[] near = [.. wanted.SelectMany(name => NearNames.Of(name, names)).Distinct()];
        string missing = $"there is no {what} '{string.Join("' or '", wanted)}' in it.";
        if (near.Length > 0)
            return $"{missing} Did you mean {string.Join(" or ", near)}?";
        return names.Length <= 20
            ? $"{missing} There are {string.Join(", ", names)}."
            : $"{missing} 'runhouse catalog show' lists them.";
    }

    // The offers that pass what is asked before a requirement.
    private IEnumerable<MachineOffer> Reaching(Requirement requirement) => offers.Where(offer
        => (requirement <= Requirement.Provider || needs.Providers.Count == 0 || needs.Providers.Contains(offer.Provider, StringComparer.OrdinalIgnoreCase))
        && (requirement <= Requirement.Region || needs.Regions.Count == 0 || needs.Regions.Contains(offer.Region, StringComparer.OrdinalIgnoreCase))
        && (requirement <= Requirement.InstanceType || needs.InstanceTypes.Count == 0 || needs.InstanceTypes.Contains(offer.InstanceType, StringComparer.OrdinalIgnoreCase)));

    private static string WordOf(Requirement requirement) => requirement switch
    {
        Requirement.Provider => "the provider",
        Requirement.Region => "the region",
        Requirement.InstanceType => "the instance type",
        Requirement.Accelerator => "the accelerator",
        Requirement.AcceleratorCount => "the number of accelerators",
        Requirement.Cpus => "their cores",
        Requirement.Memory => "their memory",
        _ => "their price",
    };

    private static string Amount(Quantity quantity) => quantity.OrMore ? $"{Number(quantity.Value)} or more" : $"exactly {Number(quantity.Value)}";

    private static string Name(MachineOffer offer) => $"{offer.InstanceType} ({offer.Provider})";

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
