using System.Text.Json.Nodes;

namespace Runhouse.Benchmarks.Soak;

/// <summary>A version of this program: a copy of its output with a file more that says which.</summary>
internal sealed class SoakBuild : IDisposable
{
    private const string VersionFile = "soak-version.txt";
    private const string ProgramName = "Runhouse.Benchmarks.dll";
    private const string ContentList = "runhouse.files.json";

    // What makes each version differ by more than a line, so that versions that are not tidied away are seen on the disk.
    private const int Ballast = 1 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("rhb-soak-").FullName;

    /// <summary>Makes a version.</summary>
    /// <param name="version">Its number.</param>
    public SoakBuild(int version)
    {
        string from = AppContext.BaseDirectory;
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(_folder, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        byte[] ballast = new byte[Ballast];
        new Random(version).NextBytes(ballast);
        File.WriteAllText(Path.Combine(_folder, VersionFile), $"v{version}\n{Convert.ToBase64String(ballast)}");
        string list = Path.Combine(_folder, ContentList);
        JsonNode content = JsonNode.Parse(File.ReadAllText(list))!;
        content["files"]!.AsArray().Add(JsonValue.Create(VersionFile));
        File.WriteAllText(list, content.ToJsonString());
    }

    /// <summary>The program.</summary>
    public string ProgramPath => Path.Combine(_folder, ProgramName);

    /// <summary>The version that a folder holds.</summary>
    /// <param name="folder">The folder.</param>
    public static string VersionOf(string folder) => File.ReadLines(Path.Combine(folder, VersionFile)).First();

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
