using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Host.Deployments;

/// <summary>Refuses manifests that would write outside their deployment, or that contradict themselves.</summary>
internal static class ManifestCheck
{
    /// <summary>The folder that the host keeps for itself in every deployment.</summary>
    private const string Reserved = ".runhouse";

    /// <exception cref="HostRefusal">Names the path and what is wrong with it.</exception>
    public static void Check(DeploymentManifest manifest, HostSettings settings)
    {
        if (string.IsNullOrWhiteSpace(manifest.Application) || manifest.Application.Length > 200 || manifest.Application.Any(char.IsControl))
            throw HostRefusal.Invalid("The manifest's application is empty, too long or holds control characters. Set Runhouse:Application to a plain name.");

        if (manifest.Files is not { Count: > 0 } files)
            throw HostRefusal.Invalid("The manifest has no files. Build the application and deploy again.");

        HashSet<string> paths = CheckFiles(files, settings);
        if (manifest.EntryAssembly is null || !paths.Contains(manifest.EntryAssembly))
            throw HostRefusal.Invalid($"The entry assembly {EntryPath.Quote(manifest.EntryAssembly ?? "")} is not among the manifest's files.");
    }

    /// <summary>Checks a list of files: their paths, sizes and hashes. The result is their paths.</summary>
    /// <exception cref="HostRefusal">Names the path and what is wrong with it.</exception>
    public static HashSet<string> CheckFiles(IReadOnlyList<DeployedFile> files, HostSettings settings)
    {
        if (files.Count > settings.MaxFiles)
            throw HostRefusal.Invalid($"The manifest has {files.Count} files, more than the {settings.MaxFiles} that this host takes. Leave content that does not belong to the application out of the build output.");

        long total = 0;
        var paths = new HashSet<string>(files.Count, StringComparer.Ordinal);
        foreach (DeployedFile? file in files)
        {
            if (file?.Path is null)
                throw HostRefusal.Invalid("The manifest has a file without a path.");
            if (WrongWith(file.Path) is { } problem)
                throw HostRefusal.Invalid($"The manifest's path {EntryPath.Quote(file.Path)} {problem}.");
            if (!ContentHash.IsHash(file.Hash))
                throw HostRefusal.Invalid($"The hash of {EntryPath.Quote(file.Path)} is not a SHA-256 in lower-case hexadecimal.");
            if (file.Size < 0 || file.Size > settings.MaxFileBytes)
                throw HostRefusal.Invalid($"The size of {EntryPath.Quote(file.Path)}, {file.Size} bytes, is negative or more than the {settings.MaxFileBytes} that this host takes.");
            if (!paths.Add(file.Path))
                throw HostRefusal.Invalid($"The manifest has {EntryPath.Quote(file.Path)} twice.");

            total += file.Size;
            if (total > settings.MaxDeploymentBytes)
                throw HostRefusal.Invalid($"The files up to {EntryPath.Quote(file.Path)} are larger together than the {settings.MaxDeploymentBytes} bytes that this host takes.");
        }

        CheckFolders(paths);
        return paths;
    }

    // A path cannot be a file and the folder of another file.
    private static void CheckFolders(HashSet<string> paths)
    {
        foreach (string path in paths)
        {
            for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (paths.Contains(path[..slash]))
                    throw HostRefusal.Invalid($"The manifest has {EntryPath.Quote(path[..slash])} as a file and as the folder of {EntryPath.Quote(path)}.");
            }
        }
    }

    private static string? WrongWith(string path)
    {
        if (EntryPath.WrongWith(path) is { } problem)
            return problem;
        if (path.Length > 1 && path[1] == ':')
            return "is absolute; paths are relative to the deployment";
        return path == Reserved || path.StartsWith(Reserved + "/", StringComparison.Ordinal) ? $"is reserved: {Reserved} belongs to the host" : null;
    }
}
