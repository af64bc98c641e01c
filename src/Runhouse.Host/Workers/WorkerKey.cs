namespace Runhouse.Host.Workers;

/// <summary>Who shares a worker: members of one deployment, in one environment, that need the same; or all that is put into a named process.</summary>
/// <param name="Deployment">The deployment's id.</param>
/// <param name="Environment">The id of the image's environment; null for none.</param>
/// <param name="Needs">What the members need; nothing for a named process, which has what it was started with.</param>
/// <param name="Process">The name of the process; null for none.</param>
internal sealed record WorkerKey(string Deployment, string? Environment, Resources Needs, string? Process);
