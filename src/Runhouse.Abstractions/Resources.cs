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

    /// <summary>Reads the values of a <see cref="RemoteAttribute"/>, a configuration section or a command line.</summary>
    /// <param name="gpu"><c>NAME[:COUNT]</c>, alternatives separated by <c>|</c>.</param>
    /// <param name="cpus">A count, exactly (<c>8</c>) or at least (<c>8+</c>).</param>
    /// <param name="memory">GiB, exactly (<c>64</c>) or at least (<c>64+</c>).</param>
    /// <exception cref="FormatException">A value does not follow the grammar; the message names it.</exception>
    public static Resources Parse(string? gpu = null, string? cpus = null, string? memory = null)
    {
        if (gpu is null && cpus is null && memory is null)
            return None;
        return new Resources
        {
            Accelerators = gpu is null ? [] : new([.. gpu.Split(ResourceGrammar.Alternative).Select(Accelerator.Parse)]),
            Cpus = cpus is null ? null : Quantity.Parse("Cpus", cpus),
            Memory = memory is null ? null : Quantity.Parse("Memory", memory),
        };
    }

    /// <summary>Whether a host with these resources, exact counts, has what <paramref name="needs"/> asks for.</summary>
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
        var parts = new List<string>(3);
        if (Accelerators.Count > 0)
            parts.Add("Gpu=" + string.Join('|', Accelerators));
        if (Cpus is { } cpus)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"Cpus={cpus}"));
        if (Memory is { } memory)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"Memory={memory}"));
        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }
}
