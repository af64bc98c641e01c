namespace Runhouse.Protocol.Control;

/// <summary>
/// A command for the host's shell (<c>POST /v1/commands</c>). The answer is a stream of <see cref="OutputFrame"/>s whose last message is a
/// <see cref="CommandEnded"/>; a caller that goes away ends the command and all that it started.
/// </summary>
/// <param name="Command">What <c>/bin/sh -c</c> takes. Every user of the machine can read it while it runs: nothing secret.</param>
public sealed record RunCommand(string Command)
{
    /// <summary>Variables for the command, over those of the host and of <see cref="ImageEnvironment"/>.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    /// <summary>The id of an image's environment for the command to run in; null for none.</summary>
    public string? ImageEnvironment { get; init; }

    /// <summary>The folder to run in: absolute, or relative to the user's home on the host, which it is when this is null.</summary>
    public string? WorkingDirectory { get; init; }
}

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null when a signal ended it, or when it did not start.</param>
/// <param name="Signal">The number of the signal that ended it, if one did.</param>
public sealed record CommandEnded(int? ExitCode, int? Signal)
{
    /// <summary>Why it did not start, and what to do; null when it did.</summary>
    public string? NotStarted { get; init; }
}
