namespace Runhouse.Runtime.Volumes;

/// <summary>A volume that a cloud says there is.</summary>
public sealed record CloudVolume
{
    /// <summary>The provider, <c>aws</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>The zone: machines of other zones cannot have it.</summary>
    public required string Zone { get; init; }

    /// <summary>The cloud's id of it, <c>vol-0123456789abcdef0</c>; for a cloud that knows disks by name, the name.</summary>
    public required string Id { get; init; }

    /// <summary>The name by which clusters ask for it.</summary>
    public required string Name { get; init; }

    /// <summary>The size in GiB.</summary>
    public required int Size { get; init; }

    /// <summary>The id of the machine that has it; null for none.</summary>
    public string? AttachedTo { get; init; }

    /// <summary>Where it is found on a machine that has it: paths of devices, any of them, with <c>|</c> between them.</summary>
    public required string Device { get; init; }

    /// <summary>What it costs in a month, in US dollars, about; null when the price is not known.</summary>
    public decimal? AMonth => Catalogue.DiskPrices.AMonth(Provider, Size);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Id}, {Provider} {Zone})";
}
