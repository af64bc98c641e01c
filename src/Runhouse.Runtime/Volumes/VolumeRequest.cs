using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Volumes;

/// <summary>A volume that is asked for.</summary>
public sealed record VolumeRequest
{
    /// <summary>The tag with a volume's name.</summary>
    public const string NameTag = "runhouse-volume";

    /// <summary>Tells this request from others: the same request makes one volume.</summary>
    public required string Token { get; init; }

    /// <summary>Who asks, in the tag <see cref="MachineTags.Owner"/>.</summary>
    public required string Owner { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its size in GiB.</summary>
    public required int Size { get; init; }

    /// <summary>The machine that is to have it, which says where it is.</summary>
    public required LeasedMachine Machine { get; init; }
}
