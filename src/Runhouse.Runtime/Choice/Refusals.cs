namespace Runhouse;

/// <summary>How many offers of the catalogue do not satisfy a request for one reason, and which of them comes nearest.</summary>
/// <param name="Requirement">The first requirement that they do not satisfy.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Nearest">What comes nearest.</param>
public sealed record Refusals(Requirement Requirement, int Count, MachineOffer Nearest);
