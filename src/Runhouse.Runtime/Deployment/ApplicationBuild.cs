using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Runtime.Deployment;

/// <summary>This process' application as it is deployed: the manifest, and where each content is on this disk.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Id">The deployment's id.</param>
/// <param name="Sources">The file with each content, by hash.</param>
internal sealed record ApplicationBuild(DeploymentManifest Manifest, string Id, IReadOnlyDictionary<string, FileInfo> Sources)
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute;

    /// <summary>Finds what a host of the platform will miss; only asked for when the application is deployed, as it reads assemblies.</summary>
    public Func<IReadOnlyList<string>> FindWarnings { get; private init; } = static () => [];

    /// <summary>Makes the manifest of an application.</summary>
    /// <param name="depsFile">The path of its <c>deps.json</c>.</param>
    /// <param name="probingDirectories">The folders in which files of packages may lie.</param>
    /// <param name="rid">The runtime identifier of the host.</param>
    /// <param name="application">The application's id; null for the entry assembly's name.</param>
    /// <param name="hashCache">The folder of the hash caches.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="DeploymentException">A file is missing or cannot be read.</exception>
    public static ApplicationBuild Read(
        string depsFile, IReadOnlyList<string> probingDirectories, string rid, string? application, string hashCache, TimeProvider time)
    {
        var closure = ApplicationClosure.Read(depsFile, rid, probingDirectories);
        IReadOnlyList<ApplicationFile> files = closure.Files;
        FileInfo[] infos = [.. files.Select(static file => new FileInfo(file.Source))];
        IReadOnlyDictionary<string, string> hashes;
        try
        {
            var cache = HashCache.Open(hashCache, depsFile, time);
            hashes = cache.Hash(infos);
            cache.Save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AggregateException)
        {
            Exception cause = (e as AggregateException)?.InnerException ?? e;
            throw new DeploymentException($"The files of {closure.Name} cannot be hashed: {cause.Message} Make them readable and {hashCache} writable.", cause);
        }

        var deployed = new DeployedFile[files.Count];
        var sources = new Dictionary<string, FileInfo>(StringComparer.Ordinal);
        for (int i = 0; i < deployed.Length; i++)
        {
            string hash = hashes[infos[i].FullName];
            deployed[i] = new DeployedFile(files[i].Path, hash, infos[i].Length) { IsExecutable = IsExecutable(infos[i]) };
            sources[hash] = infos[i];
        }

        var manifest = new DeploymentManifest
        {
            Application = application ?? closure.Name,
            EntryAssembly = closure.Name + ".dll",
            Files = deployed,
        };
        return new ApplicationBuild(manifest, manifest.ComputeId(), sources) { FindWarnings = () => NativeImports.Warnings(closure, rid) };
    }

    // Packages and file shares often set the bit on everything; what the loader reads does not need it.
    private static bool IsExecutable(FileInfo file)
        => !OperatingSystem.IsWindows()
            && file.Extension is not (".dll" or ".pdb" or ".json" or ".so" or ".xml")
            && file.UnixFileMode.HasFlag(Executable);
}
