using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Runhouse.Runtime.Machines;

/// <summary>
/// The packages that .NET for a platform is published in, fetched by this machine's SDK from the sources that the user's own NuGet configuration
/// names, into the user's own package folder.
/// </summary>
/// <param name="dotnet">The <c>dotnet</c> of this machine, which has an SDK.</param>
/// <param name="directory">An empty folder for the project that is restored.</param>
/// <param name="rid">The platform.</param>
internal sealed class RuntimePackages(string dotnet, string directory, string rid)
{
    /// <summary>NuGet's word for a package that has no such version.</summary>
    private const string NoSuchVersion = "NU1102";

    private const int ErrorLines = 4;

    /// <summary>The package of the runtime, and of what finds it.</summary>
    public string Base { get; } = "Microsoft.NETCore.App.Runtime." + rid;

    /// <summary>The package of ASP.NET Core.</summary>
    public string AspNet { get; } = "Microsoft.AspNetCore.App.Runtime." + rid;

    /// <summary>The package of what programs are started by.</summary>
    public string AppHost { get; } = "Microsoft.NETCore.App.Host." + rid;

    /// <summary>Fetches them: of a version, or where the sources have not that one, of the newest of its later patches.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <returns>The version that was found, and the packages' folders by their names.</returns>
    /// <exception cref="DeploymentException">They cannot be fetched.</exception>
    public async Task<(Version Version, IReadOnlyDictionary<string, string> Folders)> RestoreAsync(Version version, CancellationToken cancellationToken)
    {
        (int exitCode, string output) = await RestoreProjectAsync(version, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0 && output.Contains(NoSuchVersion, StringComparison.Ordinal)
            && await NewestPatchAsync(version, cancellationToken).ConfigureAwait(false) is { } newest)
        {
            version = newest;
            (exitCode, output) = await RestoreProjectAsync(version, cancellationToken).ConfigureAwait(false);
        }

        return exitCode == 0 ? (version, Folders(version)) : throw new DeploymentException(string.Join('\n', output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(static line => line.Contains(": error ", StringComparison.Ordinal))
            .Select(static line => line[(line.IndexOf(": error ", StringComparison.Ordinal) + ": error ".Length)..])
            .DefaultIfEmpty(output.Trim()).Distinct(StringComparer.Ordinal).Take(ErrorLines)));
    }

    /// <summary>The patches of a version that a search for packages found, as <c>dotnet package search --format json</c> writes them.</summary>
    /// <param name="json">What it wrote.</param>
    /// <param name="version">The version.</param>
    public static IEnumerable<Version> PatchesIn(string json, Version version)
    {
        // A source that asks for something, or warns, does so before.
        int start = json.IndexOf('{', StringComparison.Ordinal);
        if (start < 0)
            return [];
        using var found = JsonDocument.Parse(json.AsMemory(start));
        return
        [
            .. found.RootElement.GetProperty("searchResult").EnumerateArray()
                .Where(static source => source.TryGetProperty("packages", out _))
                .SelectMany(static source => source.GetProperty("packages").EnumerateArray())
                .Select(static package => Version.TryParse(package.GetProperty("version").GetString(), out Version? one) ? one : null)
                .OfType<Version>().Where(one => one.Major == version.Major && one.Minor == version.Minor && one >= version),
        ];
    }

    private async Task<Version?> NewestPatchAsync(Version version, CancellationToken cancellationToken)
    {
        HashSet<Version>? common = null;
        foreach (string package in (string[])[Base, AspNet, AppHost])
        {
            (_, string output) = await RunAsync(["package", "search", package, "--exact-match", "--format", "json"], cancellationToken).ConfigureAwait(false);
            HashSet<Version> patches = [.. PatchesIn(output, version)];
            common = common is null ? patches : [.. common.Intersect(patches)];
        }

        return common!.Max();
    }

    private Task<(int ExitCode, string Output)> RestoreProjectAsync(Version version, CancellationToken cancellationToken)
    {
        string project = Path.Combine(directory, "runtime.csproj");

        // Nothing of the folders above has a say but NuGet's configuration, which is that of the application's folder. No reference, so that nothing else is fetched.
        File.WriteAllText(project, string.Create(CultureInfo.InvariantCulture, $"""
            <Project>
              <PropertyGroup>
                <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
                <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
                <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
              </PropertyGroup>
              <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
              <PropertyGroup>
                <TargetFramework>net{version.Major}.{version.Minor}</TargetFramework>
                <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
                <RestoreRootConfigDirectory>$(RUNHOUSE_APPLICATION)</RestoreRootConfigDirectory>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageDownload Include="{Base}" Version="[{version.ToString(3)}]" />
                <PackageDownload Include="{AspNet}" Version="[{version.ToString(3)}]" />
                <PackageDownload Include="{AppHost}" Version="[{version.ToString(3)}]" />
              </ItemGroup>
              <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
            </Project>
            """));
        return RunAsync(["restore", project], cancellationToken);
    }

    private Dictionary<string, string> Folders(Version version)
    {
        using FileStream assets = File.OpenRead(Path.Combine(directory, "obj", "project.assets.json"));
        using var read = JsonDocument.Parse(assets);
        string[] roots = [.. read.RootElement.GetProperty("packageFolders").EnumerateObject().Select(static folder => folder.Name)];
        return ((string[])[Base, AspNet, AppHost]).ToDictionary(
            static package => package,
            package => roots.Select(root => Path.Combine(root, package.ToLowerInvariant(), version.ToString(3))).FirstOrDefault(Directory.Exists)
                ?? throw new DeploymentException($"{package} {version.ToString(3)} was restored and is in none of {string.Join(", ", roots)}"),
            StringComparer.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(dotnet, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        start.Environment["RUNHOUSE_APPLICATION"] = AppContext.BaseDirectory;
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = new StringBuilder();
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, output.ToString());

        void Collect(object sender, DataReceivedEventArgs line)
        {
            lock (output)
                output.Append(line.Data).Append('\n');
        }
    }
}
