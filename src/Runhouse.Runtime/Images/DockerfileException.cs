namespace Runhouse;

/// <summary>A Dockerfile holds something that is not understood, or that a host cannot do.</summary>
/// <param name="file">The file.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="problem">What is the matter with it, and what to do about it.</param>
public sealed class DockerfileException(string file, int line, string problem) : FormatException($"{file}:{line}: {problem}")
{
    /// <summary>The file.</summary>
    public string File { get; } = file;

    /// <summary>The line, from 1.</summary>
    public int Line { get; } = line;
}
