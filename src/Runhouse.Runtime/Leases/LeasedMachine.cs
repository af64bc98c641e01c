namespace Runhouse.Runtime.Leases;

/// <summary>A machine that a cloud says there is.</summary>
public sealed record LeasedMachine
{
    /// <summary>The provider, <c>aws</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>The zone.</summary>
    public required string Zone { get; init; }

    /// <summary>The cloud's id of it, <c>i-0123456789abcdef0</c>; for a cloud that knows machines by name, the name.</summary>
    public required string Id { get; init; }

    /// <summary>The instance type.</summary>
    public required string InstanceType { get; init; }

    /// <summary>Whether it is a spot machine.</summary>
    public bool IsSpot { get; init; }

    /// <summary>Its state.</summary>
    public required MachineState State { get; init; }

    /// <summary>The address where it is reached; null while it has none.</summary>
    public string? Address { get; init; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Which one of its lease's machines it is, from 0, in an order that stays.</summary>
    public int Index { get; init; }

    /// <summary>The value of <see cref="MachineTags.Owner"/>.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The value of <see cref="MachineTags.Cluster"/>.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The value of <see cref="MachineTags.Lease"/>.</summary>
    public string Lease { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({InstanceType}{(IsSpot ? ", spot" : "")}, {Provider} {Zone})";
}
