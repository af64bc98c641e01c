using System.Diagnostics;

namespace Runhouse.Integration;

/// <summary>A program that a test writes and builds, as a user would.</summary>
public abstract class BuiltProgram : IAsyncLifetime
{
    private const string Targets = "src/Runhouse.Generators/buildTransitive/InRepository.targets";

    /// <summary>Where it is written.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("rhi-versions-").FullName;

    /// <summary>What a project imports to be built as one that refers to the package.</summary>
    protected static string Import => $"""<Import Project="{FindRepositoryFile(Targets)}" />""";

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;

    public abstract ValueTask InitializeAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>The output of a project.</summary>
    protected string OutputOf(string project) => Path.Combine(Folder, project, "bin", Configuration, "net10.0");

    /// <summary>Copies an output as it is now.</summary>
    protected static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Writes a file of the program.</summary>
    protected async Task WriteAsync(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text);
    }

    /// <summary>Builds projects. What they refer to beside each other has been built: these tests refer to the same.</summary>
    protected async Task BuildAsync(string option, params string[] projects)
    {
        foreach (string project in projects)
        {
            var start = new ProcessStartInfo("dotnet", ["build", Path.Combine(Folder, project), option, "-p:BuildProjectReferences=false", "-p:Configuration=" + Configuration]) { RedirectStandardOutput = true };
            using Process build = Process.Start(start)!;
            string output = await build.StandardOutput.ReadToEndAsync();
            await build.WaitForExitAsync();
            Assert.True(build.ExitCode == 0, output);
        }
    }

    private static string FindRepositoryFile(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, path);
    }
}
