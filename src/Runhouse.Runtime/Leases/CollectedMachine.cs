using Runhouse.Runtime.Leases;

namespace Runhouse;

/// <summary>A leased machine, and what was done with it.</summary>
/// <param name="Machine">The machine, as its cloud has it.</param>
/// <param name="Outcome">What was done with it.</param>
public sealed record CollectedMachine(LeasedMachine Machine, CollectOutcome Outcome)
{
    /// <summary>
    /// Why it could not be given back (<see cref="CollectOutcome.Failed"/>), or why it cannot be told whether it is in use and so stays (<see cref="CollectOutcome.InUse"/>); null otherwise.
    /// </summary>
    public string? Problem { get; init; }
}
