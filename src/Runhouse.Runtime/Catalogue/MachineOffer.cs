using System.Runtime.InteropServices;

namespace Runhouse;

/// <summary>An instance type in one place, with its prices: a row of the catalogue.</summary>
public sealed record MachineOffer
{
    /// <summary>The provider, <c>aws</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The region, <c>us-east-1</c>.</summary>
    public required string Region { get; init; }

    /// <summary>The zone of the spot price, <c>use1-az6</c>; null where a row speaks for the whole region.</summary>
    public string? Zone { get; init; }

    /// <summary>The instance type, <c>p4d.24xlarge</c>.</summary>
    public required string InstanceType { get; init; }

    /// <summary>Its accelerators, by their full name (<c>A100-40GB:8</c>); null for none.</summary>
    public Accelerator? Accelerator { get; init; }

    /// <summary>The memory of each accelerator in GiB; null when there is none or it is not known.</summary>
    public double? AcceleratorMemory { get; init; }

    /// <summary>Processor cores, as the provider counts them: threads.</summary>
    public required double Cpus { get; init; }

    /// <summary>Memory in GiB.</summary>
    public required double Memory { get; init; }

    /// <summary>The processors' architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The on-demand price in US dollars an hour; null when it is not known.</summary>
    public decimal? ListPrice { get; init; }

    /// <summary>The spot price in US dollars an hour; null when it is not known.</summary>
    public decimal? SpotPrice { get; init; }

    /// <summary>The day from which its prices are; where they are from two, the earlier.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>Where they were read.</summary>
    public required string Source { get; init; }

    /// <summary>The provider, region and type: what the zones of a region have in common.</summary>
    internal (string Provider, string Region, string InstanceType) Place => (Provider, Region, InstanceType);
}
