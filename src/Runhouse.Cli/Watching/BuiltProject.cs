namespace Runhouse.Cli.Watching;

/// <summary>A project that a build has compiled.</summary>
/// <param name="CompilerFolder">The folder of the compiler that did.</param>
/// <param name="Path">The project's file.</param>
/// <param name="Compiled">The assembly as the compiler wrote it.</param>
/// <param name="Output">The assembly in the project's output.</param>
/// <param name="Arguments">The compiler's command line.</param>
internal sealed record BuiltProject(string CompilerFolder, string Path, string Compiled, string Output, IReadOnlyList<string> Arguments)
{
    private const int HeadLines = 4;

    /// <summary>The project's folder.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Reads what <c>Watch.targets</c> has written.</summary>
    /// <param name="file">The file.</param>
    public static BuiltProject Read(string file)
    {
        string[] lines = File.ReadAllLines(file);
        return lines.Length > HeadLines
            ? new BuiltProject(lines[0], lines[1], lines[2], System.IO.Path.GetFullPath(lines[3], System.IO.Path.GetDirectoryName(lines[1])!), lines[HeadLines..])
            : throw new InvalidOperationException($"The build wrote no command line of the compiler into {file}: the SDK is not one of those that are known. Use the .NET SDK 10.");
    }
}
