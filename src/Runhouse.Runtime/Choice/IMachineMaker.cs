namespace Runhouse.Runtime.Choice;

/// <summary>What a provider does for the choice of machines: it tries one candidate, and says in our words why it failed.</summary>
/// <typeparam name="TMachines">What it makes: one machine, or several that belong together.</typeparam>
public interface IMachineMaker<TMachines>
{
    /// <summary>
    /// Tries to make the machines in one place. All of them or none: what was made of a part is undone before the answer. They are ready when this ends, so that
    /// one which the provider takes back while it starts is a failure of the class <see cref="ProvisioningFailure.Capacity"/>.
    /// </summary>
    /// <param name="candidate">Which machine, where, bought how.</param>
    /// <param name="cancellationToken">Stops trying; what was made is undone.</param>
    /// <returns>The machines, or why there are none.</returns>
    Task<MakeOutcome<TMachines>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken);
}
