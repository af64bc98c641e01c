namespace Runhouse.Runtime.Allocations;

/// <summary>How a node is by itself, where a scheduler ends nodes one by one and makes them anew.</summary>
/// <param name="State">How far it has come.</param>
/// <param name="Reason">Why, in the scheduler's own words; empty when it says nothing.</param>
public sealed record NodeStanding(AllocationState State, string Reason)
{
    /// <summary>The class of what keeps it from running, or has ended it before it ran; null where nothing does, or it is only a matter of time.</summary>
    public ProvisioningFailure? Failure { get; init; }

    /// <summary>What became of the workers on it when it ended, or begins to end; null while it goes on, or when it ended by itself.</summary>
    public WorkerLossReason? Loss { get; init; }
}
