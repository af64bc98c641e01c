namespace Runhouse.Runtime.Deployment;

/// <summary>What <c>deps.json</c> lists, for one platform.</summary>
/// <param name="Assets">The files of the application there.</param>
/// <param name="NativesElsewhere">The native files that other platforms have.</param>
internal sealed record DepsSelection(IReadOnlyList<DepsAsset> Assets, IReadOnlyList<DepsAsset> NativesElsewhere);
