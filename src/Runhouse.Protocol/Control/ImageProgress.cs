using System.Text.Json.Serialization;

namespace Runhouse.Protocol.Control;

/// <summary>What a host says while it prepares itself; the output of the steps stands between these messages.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ImageMissing), "missing")]
[JsonDerivedType(typeof(ImageWaits), "waits")]
[JsonDerivedType(typeof(ImageStepBegins), "begins")]
[JsonDerivedType(typeof(ImageStepSkipped), "skipped")]
[JsonDerivedType(typeof(ImageStepFailed), "failed")]
[JsonDerivedType(typeof(ImageApplied), "applied")]
public abstract record ImageProgress;

/// <summary>Files have to be uploaded first (<c>PUT /v1/files/{sha256}</c>); nothing has been done, and the answer ends here.</summary>
/// <param name="Hashes">Their hashes.</param>
public sealed record ImageMissing(IReadOnlyList<string> Hashes) : ImageProgress;

/// <summary>Another image is being applied to the host: one at a time.</summary>
public sealed record ImageWaits : ImageProgress;

/// <summary>A step begins.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Text">The step.</param>
public sealed record ImageStepBegins(int Number, int Count, string Text) : ImageProgress;

/// <summary>A step has been carried out before, with all before it unchanged.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Text">The step.</param>
public sealed record ImageStepSkipped(int Number, int Count, string Text) : ImageProgress;

/// <summary>A step failed; those behind it were not begun, and the answer ends here.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The step.</param>
/// <param name="Output">The last lines that it wrote, secrets hidden.</param>
public sealed record ImageStepFailed(int Number, string Text, IReadOnlyList<string> Output) : ImageProgress
{
    /// <summary>The exit code of its command; null when a signal ended it, or when it is none that runs a command.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The number of the signal that ended its command, if one did.</summary>
    public int? Signal { get; init; }

    /// <summary>Why a step failed that runs no command, whose command did not start, or whose end could not be noted.</summary>
    public string? Reason { get; init; }
}

/// <summary>The host is prepared; the answer ends here.</summary>
/// <param name="Environment">The id of the environment for workers of this image; null when the image sets none.</param>
/// <param name="Executed">How many steps had to be carried out.</param>
public sealed record ImageApplied(string? Environment, int Executed) : ImageProgress;
