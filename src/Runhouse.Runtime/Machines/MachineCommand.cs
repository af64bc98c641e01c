namespace Runhouse.Runtime.Machines;

/// <summary>A command for a machine's POSIX shell.</summary>
/// <param name="Text">The command, as <c>sh -c</c> takes it. Nothing secret: others on the machine can read it; secrets go through <see cref="Input"/>.</param>
public sealed record MachineCommand(string Text)
{
    /// <summary>What the command reads from its standard input, to its end; null for none.</summary>
    public Stream? Input { get; init; }

    /// <summary>Takes what the command writes to its standard output, as it comes; null to drop it.</summary>
    public Stream? Output { get; init; }

    /// <summary>Takes what the command writes to its standard error, as it comes; null to drop it.</summary>
    public Stream? Error { get; init; }
}
