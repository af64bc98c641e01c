using System.Text.Json;

namespace Runhouse.Runtime.Deployment;

/// <summary>
/// The files that make up this process' application: what its <c>deps.json</c> lists, that file itself, the runtime configuration, and the
/// symbols and content that the build listed in <c>runhouse.files.json</c> (<c>{"files": ["data/digits.csv.gz", ...]}</c>, relative to it). For a
/// platform of <c>RunhouseTargetRids</c> the <c>deps.json</c> is the one that the build made for it, in <c>runhouse/platforms/RID</c>.
/// </summary>
internal sealed class ApplicationClosure
{
    /// <summary>The name of the file in which the build lists symbols and content.</summary>
    public const string ContentListName = "runhouse.files.json";

    private const string DepsSuffix = ".deps.json";

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly string _depsFile;
    private readonly string _directory;
    private readonly string? _platformDirectory;
    private readonly string _rid;
    private readonly IReadOnlyList<string> _probingDirectories;

    private ApplicationClosure(string depsFile, string rid, IReadOnlyList<string> probingDirectories)
    {
        _directory = Path.GetDirectoryName(depsFile)!;
        _platformDirectory = FindPlatform(depsFile, rid);
        _depsFile = _platformDirectory is null ? depsFile : Path.Combine(_platformDirectory, Path.GetFileName(depsFile));
        _rid = rid;
        _probingDirectories = probingDirectories;
        Name = Path.GetFileName(depsFile)[..^DepsSuffix.Length];
    }

    /// <summary>The name of the entry assembly.</summary>
    public string Name { get; }

    /// <summary>The native files that packages have and that are not deployed: whether the host's platform has its own, and whether anything calls them, is not known.</summary>
    public IReadOnlyList<DepsAsset> NativesElsewhere { get; private set; } = [];

    /// <summary>The files, by ordinal order of their paths.</summary>
    public IReadOnlyList<ApplicationFile> Files
        => [.. _files.Select(static file => new ApplicationFile(file.Key, file.Value)).OrderBy(static file => file.Path, StringComparer.Ordinal)];

    /// <summary>
    /// The <c>deps.json</c> of this process. Under a test host it is the test assembly's; of a program that was published as one file, trimmed or
    /// ahead of time, the one in <c>runhouse/app</c>, where publishing puts what a worker can load.
    /// </summary>
    /// <exception cref="DeploymentException">There is none.</exception>
    public static string FindDepsFile()
    {
        string published = Path.Combine(AppContext.BaseDirectory, "runhouse", "app");
        if (Directory.Exists(published) && Directory.EnumerateFiles(published, "*" + DepsSuffix).FirstOrDefault() is { } beside)
            return beside;
        string? first = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (first is not null && !Path.GetFileName(first).StartsWith("Microsoft.NETCore.App", StringComparison.Ordinal) && File.Exists(first))
            return first;
        throw new DeploymentException(
            $"This program has neither a {DepsSuffix} file beside it nor one in {published}, so that the files it consists of are not known. Publish the project that "
            + "starts the process with the Runhouse package, copy the folder runhouse/ along with the program, and leave GenerateDependencyFile on.");
    }

    /// <summary>The folders, beside the application's own, in which the .NET host looks for the files of packages.</summary>
    public static IReadOnlyList<string> FindProbingDirectories()
        => (AppContext.GetData("PROBING_DIRECTORIES") as string)?.Split([Path.PathSeparator, ';'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Collects the files.</summary>
    /// <param name="depsFile">The path of the <c>deps.json</c>.</param>
    /// <param name="rid">The runtime identifier of the host.</param>
    /// <param name="probingDirectories">The folders in which files of packages may lie.</param>
    /// <exception cref="DeploymentException">A file is missing or a list cannot be read.</exception>
    public static ApplicationClosure Read(string depsFile, string rid, IReadOnlyList<string> probingDirectories)
    {
        var closure = new ApplicationClosure(depsFile, rid, probingDirectories);
        closure.AddAssets();
        closure._files[Path.GetFileName(depsFile)] = closure._depsFile;
        closure.AddIfPresent(closure.Name + ".runtimeconfig.json");
        if (!closure.AddContent())
            closure.AddSymbols();
        return closure;
    }

    // What the build made for the host's platform; RunhouseTargetRids names platforms, a host also its distribution.
    private static string? FindPlatform(string depsFile, string rid)
        => new[] { rid, RuntimeIdentifiers.Portable(rid) }
            .Select(one => Path.Combine(Path.GetDirectoryName(depsFile)!, "runhouse", "platforms", one))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, Path.GetFileName(depsFile))));

    private void AddAssets()
    {
        DepsSelection selection = ReadDeps(_depsFile, RuntimeIdentifiers.Fallbacks(_rid));

        // The list of one platform does not say what others have, and it is the build's, where a publication may leave packages out.
        DepsSelection own = _platformDirectory is null ? selection : ReadDeps(Path.Combine(_directory, Path.GetFileName(_depsFile)), []);
        HashSet<string> libraries = [.. own.Assets.Concat(own.NativesElsewhere).Select(static asset => asset.Library)];
        var absent = new List<DepsAsset>();
        foreach (DepsAsset asset in selection.Assets)
        {
            if (asset is { Rid: null, PlatformOfPackage: { } built } && !RuntimeIdentifiers.Fits(built, _rid))
            {
                throw new DeploymentException(
                    $"{Name} was built for one platform: {asset.OutputPath} of {asset.Library} is for {built} and does not run on a host of {_rid}. "
                    + $"Add <RunhouseTargetRids>{RuntimeIdentifiers.Portable(_rid)}</RunhouseTargetRids> to the project and build it again.");
            }

            if (Locate(asset) is { } source)
            {
                _files[asset.OutputPath] = source;
            }
            else if (asset.Rid is null && libraries.Contains(asset.Library))
            {
                throw new DeploymentException(
                    $"{asset.Library} lists {asset.Path} in {_depsFile}, but it is neither in {_directory} nor in a package folder. Build the project again.");
            }
            else
            {
                // A platform's own file may be absent: this build was restored for another platform, and may well do without it there.
                absent.Add(asset);
            }
        }

        IEnumerable<DepsAsset> others = _platformDirectory is null ? absent : absent.Concat(own.Assets);
        NativesElsewhere = [.. others.Where(static asset => asset is { IsNative: true, PlatformOfPackage: not null }), .. own.NativesElsewhere];
    }

    private static DepsSelection ReadDeps(string depsFile, IReadOnlyList<string> rids)
    {
        try
        {
            return DepsFile.Read(File.ReadAllBytes(depsFile), rids);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new DeploymentException($"{depsFile} cannot be read: {e.Message} Build the project again.", e);
        }
    }

    private string? Locate(DepsAsset asset)
    {
        if (_platformDirectory is not null)
        {
            // Beside the platform's list lies what the output lacks; the output may have the rest by platforms, as packages do.
            foreach (string own in (ReadOnlySpan<string>)[Path.Combine(_platformDirectory, asset.OutputPath), Path.Combine(_directory, asset.Path)])
            {
                if (File.Exists(own))
                    return own;
            }
        }

        string beside = Path.Combine(_directory, asset.OutputPath);
        if (File.Exists(beside))
            return beside;
        foreach (string directory in _probingDirectories)
        {
            string probed = Path.Combine(directory, asset.LibraryPath ?? asset.Library, asset.Path);
            if (File.Exists(probed))
                return probed;
        }

        return null;
    }

    private bool AddContent()
    {
        string list = Path.Combine(_directory, ContentListName);
        if (!File.Exists(list))
            return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(list));
            foreach (JsonElement file in document.RootElement.GetProperty("files").EnumerateArray())
                AddContent(list, (file.GetString() ?? throw new JsonException("A file's name is null.")).Replace('\\', '/'));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DeploymentException($"{list} cannot be read: {e.Message} Build the project again.", e);
        }

        AddIfPresent(ContentListName);
        return true;
    }

    private void AddContent(string list, string path)
    {
        // The host's and the worker's own programs lie there: they are no part of the application.
        if (path.StartsWith("runhouse/", StringComparison.OrdinalIgnoreCase))
            return;
        if (Path.IsPathRooted(path) || path.Split('/').Contains(".."))
            throw new DeploymentException($"{list} lists {path}, which is outside of the application's folder. Content has to be copied to the output.");
        if (!AddIfPresent(path))
            throw new DeploymentException($"{list} lists {path}, which is not in {_directory}. Build the project again.");
    }

    private void AddSymbols()
    {
        foreach (string assembly in _files.Keys.Where(static path => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)).ToList())
            AddIfPresent(Path.ChangeExtension(assembly, ".pdb").Replace('\\', '/'));
    }

    private bool AddIfPresent(string path)
    {
        string source = Path.Combine(_directory, path);
        if (!File.Exists(source))
            return false;
        _files.TryAdd(path, source);
        return true;
    }
}
