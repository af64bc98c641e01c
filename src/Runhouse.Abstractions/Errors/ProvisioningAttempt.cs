namespace Runhouse;

/// <summary>One attempt to have a machine made, which failed.</summary>
public sealed record ProvisioningAttempt
{
    /// <summary>The provider that was asked.</summary>
    public required string Provider { get; init; }

    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>The zone; null where the provider chooses one of the region.</summary>
    public string? Zone { get; init; }

    /// <summary>The instance type.</summary>
    public required string InstanceType { get; init; }

    /// <summary>Whether a spot machine was asked for.</summary>
    public bool IsSpot { get; init; }

    /// <summary>What the machine would have cost, in US dollars an hour; null when that is not known.</summary>
    public decimal? Price { get; init; }

    /// <summary>Why there is no machine.</summary>
    public required ProvisioningFailure Failure { get; init; }

    /// <summary>The provider's own code for it, <c>InsufficientInstanceCapacity</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What the provider said.</summary>
    public required string Message { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long its answer took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{InstanceType}{(IsSpot ? " (spot)" : "")} in {Zone ?? Region} ({Provider}): {Code}: {Message}";
}
