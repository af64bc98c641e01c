namespace Runhouse;

/// <summary>An application of a host whose current deployment is another one now.</summary>
/// <param name="Host">The host's name.</param>
/// <param name="Application">The application.</param>
/// <param name="From">The id of the deployment that was current; null when none was.</param>
/// <param name="To">The id of the one that is.</param>
public sealed record RolledBack(string Host, string Application, string? From, string To);
