using System.Globalization;

namespace Runhouse;

/// <summary>What code needs from a host. One grammar and one parser serve the attribute, the configuration and the command line.</summary>
public sealed record Resources
{
    /// <summary>No needs: any host will do.</summary>
    public static Resources None { get; } = new();

    /// <summary>The accelerators that would do, any one of them, in the order of preference; empty when none is needed.</summary>
    public EquatableList<Accelerator> Accelerators { get; init; } = [];

    /// <summary>Processor cores.</summary>
    public Quantity? Cpus { get; init; }

    /// <summary>Memory in GiB.</summary>
    public Quantity? Memory { get; init; }

    /// <summary>The size of the machine's disk in GiB. Clouds add a disk of any size to any machine.</summary>
    public Quantity? Disk { get; init; }

    /// <summary>The regions that would do, any one of them, as the provider names them; empty for all.</summary>
    public EquatableList<string> Regions { get; init; } = [];

    /// <summary>Whether machines may be spot machines.</summary>
    public SpotUse Spot { get; init; }

    /// <summary>The instance types that would do, any one of them, as the provider names them; empty for all.</summary>
    public EquatableList<string> InstanceTypes { get; init; } = [];

    /// <summary>The providers that would do, any one of them; empty for all.</summary>
    public EquatableList<string> Providers { get; init; } = [];

    /// <summary>The most that one machine may cost, in US dollars an hour; null for any price.</summary>
    public decimal? MaxPrice { get; init; }

    /// <summary>Reads the values of a <see cref="RemoteAttribute"/>, a configuration section or a command line.</summary>
    /// <param name="gpu"><c>NAME[:COUNT]</c>, alternatives separated by <c>|</c>.</param>
    /// <param name="cpus">A count, exactly (<c>8</c>) or at least (<c>8+</c>).</param>
    /// <param name="memory">GiB, exactly (<c>64</c>) or at least (<c>64+</c>).</param>
    /// <param name="disk">GiB, <c>200</c>.</param>
    /// <param name="region">A region, alternatives separated by <c>|</c>.</param>
    /// <param name="spot"><c>never</c>, <c>allowed</c> or <c>only</c>.</param>
    /// <param name="instanceType">An instance type, alternatives separated by <c>|</c>.</param>
    /// <param name="provider">A provider, alternatives separated by <c>|</c>.</param>
    /// <param name="maxPrice">US dollars an hour, <c>2.50</c>.</param>
    /// <exception cref="FormatException">A value does not follow the grammar; the message names it.</exception>
    public static Resources Parse(
        string? gpu = null, string? cpus = null, string? memory = null, string? disk = null, string? region = null, string? spot = null,
        string? instanceType = null, string? provider = null, string? maxPrice = null)
    {
        if ((gpu ?? cpus ?? memory ?? disk ?? region ?? spot ?? instanceType ?? provider ?? maxPrice) is null)
            return None;
        return new Resources
        {
            Accelerators = gpu is null ? [] : new([.. gpu.Split(ResourceGrammar.Alternative).Select(Accelerator.Parse)]),
            Cpus = cpus is null ? null : Quantity.Parse("Cpus", cpus),
            Memory = memory is null ? null : Quantity.Parse("Memory", memory),
            Disk = disk is null ? null : Quantity.Parse("Disk", disk),
            Regions = Names("Region", region),
            Spot = spot is null ? SpotUse.Never : ReadSpot(spot),
            InstanceTypes = Names("InstanceType", instanceType),
            Providers = Names("Provider", provider),
            MaxPrice = maxPrice is null ? null : ReadPrice(maxPrice),
        };
    }

    /// <summary>
    /// Whether a host with these resources, exact counts, has what <paramref name="needs"/> asks for. Where a machine comes from and what it costs
    /// is asked when it is chosen, and not of a host that there is.
    /// </summary>
    /// <param name="needs">The needs of the code about to run.</param>
    public bool Satisfies(Resources needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        return Fits(Cpus, needs.Cpus) && Fits(Memory, needs.Memory)
            && (needs.Accelerators.Count == 0 || needs.Accelerators.Any(need => Accelerators.Any(have => have.Satisfies(need))));

        // "8" chooses hosts like "8+" does: an exact value selects no larger machine when it is bought, but one at hand is good enough.
        static bool Fits(Quantity? have, Quantity? need) => need is null || have?.Value >= need.Value.Value;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var parts = new List<string>(9);
        if (Accelerators.Count > 0)
            parts.Add("Gpu=" + string.Join('|', Accelerators));
        Add("Cpus", Cpus);
        Add("Memory", Memory);
        Add("Disk", Disk);
        if (Regions.Count > 0)
            parts.Add("Region=" + string.Join('|', Regions));
        if (Spot != SpotUse.Never)
            parts.Add(Spot == SpotUse.Only ? "Spot=only" : "Spot=allowed");
        if (InstanceTypes.Count > 0)
            parts.Add("InstanceType=" + string.Join('|', InstanceTypes));
        if (Providers.Count > 0)
            parts.Add("Provider=" + string.Join('|', Providers));
        if (MaxPrice is { } price)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"MaxPrice={price}"));
        return parts.Count == 0 ? "none" : string.Join(", ", parts);

        void Add(string name, Quantity? quantity)
        {
            if (quantity is { } amount)
                parts.Add($"{name}={amount}");
        }
    }

    private static EquatableList<string> Names(string resource, string? text)
    {
        if (text is null)
            return [];
        return ResourceGrammar.TryNames(text, out string[] names) ? new(names) : throw new FormatException(ResourceGrammar.NoNames(resource, text));
    }

    private static SpotUse ReadSpot(string text) => ResourceGrammar.TrySpot(text, out int use) ? (SpotUse)use : throw new FormatException(ResourceGrammar.NoSpot(text));

    private static decimal ReadPrice(string text) => ResourceGrammar.TryPrice(text, out decimal price) ? price : throw new FormatException(ResourceGrammar.NoPrice(text));
}
