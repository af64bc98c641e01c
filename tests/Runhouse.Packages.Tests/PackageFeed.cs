using System.Text.Json;
using System.Xml.Linq;

[assembly: AssemblyFixture(typeof(Runhouse.Packages.PackageFeed))]

namespace Runhouse.Packages;

/// <summary>
/// The packages, made once for this run and put into a folder that serves as a package source; consumers restore into a cache of their own. At the
/// end the host that they started is stopped.
/// </summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private static readonly string[] Projects = ["Abstractions", "Protocol", "Host", "Runtime", "Templates"];

    private readonly string _folder = Directory.CreateTempSubdirectory("rhp-").FullName;
    private int _consumers;

    /// <summary>The packages' version.</summary>
    public string Version { get; } = "0.1.0-test";

    /// <summary>The folder with the packages.</summary>
    public string Feed => Path.Combine(_folder, "feed");

    /// <summary>Runhouse's folder of the consumers.</summary>
    public string Home => Path.Combine(_folder, "home");

    /// <summary>The folder of this repository.</summary>
    public static string Root { get; } = FindRoot();

    public async ValueTask InitializeAsync()
    {
        // Analyzers are the ordinary build's matter.
        foreach (string project in Projects)
            (await RunAsync("pack", project, "-c", "Release", "-o", Feed, "-warnaserror", "-p:RunAnalyzers=false")).Succeeds();
    }

    /// <summary>Runs a command of <c>dotnet</c> on a project of the product, where the packages were made.</summary>
    /// <param name="command">The command.</param>
    /// <param name="project">The project, without what all are called.</param>
    /// <param name="arguments">Further arguments.</param>
    internal Task<CommandResult> RunAsync(string command, string project, params string[] arguments)
        => Command.RunAsync(Root, [], "dotnet", [command, $"src/Runhouse.{project}", $"-p:Version={Version}", "--artifacts-path", Path.Combine(_folder, "artifacts"), .. arguments]);

    public async ValueTask DisposeAsync()
    {
        string file = Path.Combine(Home, "local", "host.json");
        if (File.Exists(file))
        {
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
            using var host = System.Diagnostics.Process.GetProcessById(json.RootElement.GetProperty("pid").GetInt32());
            host.Kill(entireProcessTree: true);
            await host.WaitForExitAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>An empty folder for a consumer, outside of this repository, whose packages come from the feed and from where they usually do.</summary>
    public Consumer NewConsumer()
    {
        string folder = Path.Combine(_folder, "consumers", Interlocked.Increment(ref _consumers).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Directory.CreateDirectory(folder);
        var consumer = new Consumer(folder, this);

        // What is on this machine already is taken from there; ours are not, and must not get there.
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(cache);
        new XDocument(new XElement(
            "configuration",
            new XElement("packageSources", new XElement("add", new XAttribute("key", "runhouse"), new XAttribute("value", Feed))),
            new XElement("fallbackPackageFolders", new XElement("add", new XAttribute("key", "machine"), new XAttribute("value", cache))))).Save(Path.Combine(folder, "nuget.config"));
        return consumer;
    }

    /// <summary>Where consumers keep their packages.</summary>
    internal string Cache => Path.Combine(_folder, "packages");

    private static string FindRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Runhouse.sln")))
            at = at.Parent;
        return at?.FullName ?? throw new DirectoryNotFoundException("Runhouse.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
