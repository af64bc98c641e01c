namespace Runhouse.Protocol.Control;

/// <summary>A change of method bodies in one assembly, as the compiler emits the difference to what runs (<c>POST /v1/deployments/{id}/patches</c>).</summary>
/// <param name="Assembly">The assembly's name.</param>
/// <param name="ModuleVersionId">Identifies the build of the assembly that the patches began from.</param>
/// <param name="Number">Which patch of this assembly it is, from 1: they build on each other.</param>
/// <param name="Metadata">The difference of the metadata, in base64.</param>
/// <param name="IntermediateLanguage">The new bodies, in base64.</param>
/// <param name="Symbols">The difference of the symbols, in base64.</param>
public sealed record CodePatch(string Assembly, Guid ModuleVersionId, int Number, string Metadata, string IntermediateLanguage, string Symbols);

/// <summary>What became of a patch.</summary>
/// <param name="Workers">The workers that were told to; none when none runs the deployment with the changes that came before.</param>
/// <param name="Changes">What was changed in those that did: the next patch builds on it, and so does their adoption.</param>
public sealed record PatchReply(IReadOnlyList<PatchedWorker> Workers, string Changes)
{
    /// <summary>The named objects of the application that other workers hold, and that go on with the code which those have.</summary>
    public IReadOnlyList<string> LeftBehind { get; init => field = value ?? []; } = [];
}

/// <summary>A worker that was told to apply a patch.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Error">Why its code is as it was; null when it has changed.</param>
public sealed record PatchedWorker(string WorkerId, string? Error);

/// <summary>The workers that count as running another deployment from now on, as their patches amount to it (<c>POST /v1/deployments/{id}/adopt</c>).</summary>
/// <param name="Workers">Their ids.</param>
public sealed record AdoptReply(IReadOnlyList<string> Workers);
