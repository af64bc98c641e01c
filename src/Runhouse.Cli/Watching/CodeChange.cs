using Runhouse.Protocol.Control;

namespace Runhouse.Cli.Watching;

/// <summary>What files that were saved change.</summary>
/// <param name="Code">The code once the patches have been applied.</param>
/// <param name="Patches">The patches, in their order; none where nothing that runs changes.</param>
/// <param name="Methods">The methods with other bodies.</param>
/// <param name="Reason">Why it takes a redeploy instead; null when it does not.</param>
internal sealed record CodeChange(WatchedCode Code, IReadOnlyList<CodePatch> Patches, IReadOnlyList<string> Methods, string? Reason);
