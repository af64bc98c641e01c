using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>A program of its own that calls remote code on a cluster: a copy of the second program of the integration tests, which can be built anew.</summary>
internal sealed class CallerCopy : IDisposable
{
    private const string Caller = "Runhouse.Integration.Caller";

    private readonly string _folder = Directory.CreateTempSubdirectory("rhs-caller-").FullName;
    private readonly Cluster _cluster;

    /// <summary>Copies the program.</summary>
    /// <param name="cluster">Where its remote code runs; the cluster is saved.</param>
    public CallerCopy(Cluster cluster)
    {
        _cluster = cluster;

        // The tests' own folder, of the same configuration, tells where the build is.
        string built = AppContext.BaseDirectory.Replace("Runhouse.Ssh.Tests", Caller, StringComparison.Ordinal);
        foreach (string file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private string Program => Path.Combine(_folder, Caller + ".dll");

    /// <summary>Changes the program's own assembly: not what it does, but its content.</summary>
    public Task BuildAnewAsync() => File.AppendAllTextAsync(Program, " ");

    /// <summary>Runs it; its last line.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        string output = await Tool.RunAsync("dotnet", [Program, .. arguments], environment: new() { ["RUNHOUSE__Cluster"] = _cluster.Name });
        return output.Split('\n')[^1];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
