namespace Runhouse.Runtime.Choice;

/// <summary>Machines that were made, and what was tried before.</summary>
/// <typeparam name="TMachines">What the provider makes.</typeparam>
/// <param name="Machines">The machines.</param>
/// <param name="Candidate">What they are, where.</param>
/// <param name="Attempts">The attempts that failed before, in order.</param>
public sealed record Made<TMachines>(TMachines Machines, Candidate Candidate, IReadOnlyList<ProvisioningAttempt> Attempts);
