namespace Runhouse.Runtime.Choice;

/// <summary>The machines that a provider has made, or why it has not.</summary>
/// <typeparam name="TMachines">What it makes.</typeparam>
public sealed class MakeOutcome<TMachines>
{
    /// <summary>Machines were made.</summary>
    /// <param name="machines">The machines.</param>
    public MakeOutcome(TMachines machines) => Machines = machines;

    /// <summary>None were made.</summary>
    /// <param name="failure">Why not.</param>
    public MakeOutcome(MakeFailure failure) => Failure = failure;

    /// <summary>The machines; of no meaning when there is a <see cref="Failure"/>.</summary>
    public TMachines? Machines { get; }

    /// <summary>Why there are none; null when there are.</summary>
    public MakeFailure? Failure { get; }
}
