namespace Runhouse;

/// <summary>What goes on while a cluster comes up.</summary>
/// <param name="Host">The machine.</param>
/// <param name="Stage">What is done there.</param>
public sealed record ProvisioningProgress(string Host, ProvisioningStage Stage)
{
    /// <summary>The bytes that are done, before compression; 0 for a stage that sends nothing.</summary>
    public long Bytes { get; init; }

    /// <summary>The bytes that this stage has to do, before compression.</summary>
    public long TotalBytes { get; init; }

    /// <summary>A line that a step wrote; null when there is none.</summary>
    public string? Line { get; init; }
}
