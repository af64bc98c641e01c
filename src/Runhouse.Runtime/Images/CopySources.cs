using Runhouse.Runtime.Images.Dockerfiles;

namespace Runhouse.Runtime.Images;

/// <summary>What a step copies: files and folders of this machine.</summary>
/// <param name="Root">The folder that relative ones start from.</param>
/// <param name="Paths">The files and folders.</param>
/// <param name="Place">What named them, for messages.</param>
internal sealed record CopySources(string Root, IReadOnlyList<string> Paths, string Place)
{
    /// <summary>Whether they are a Dockerfile's: below the root whatever they begin with, and with patterns.</summary>
    public bool IsConfined { get; init; }

    /// <summary>Leaves files out; null leaves out none.</summary>
    public IgnoreFile? Ignored { get; init; }

    /// <summary>The files with the folder on the host that they go to, and their paths below it.</summary>
    /// <param name="target">Where they go, as the user wrote it: a folder when it ends with a slash, or when there are several or a folder to copy.</param>
    /// <exception cref="DeploymentException">A file or folder is missing, or none that can be copied.</exception>
    public (string Folder, IReadOnlyList<(string Path, FileInfo File)> Files) Find(string target)
    {
        var files = new SortedDictionary<string, FileInfo>(StringComparer.Ordinal);
        string[] found = [.. Paths.SelectMany(Expand)];
        bool hasFolder = Array.Exists(found, Directory.Exists);
        foreach (string path in found)
        {
            if (Directory.Exists(path))
                AddFolder(new DirectoryInfo(path), "", files);
            else if (!IsIgnored(path))
                files[Path.GetFileName(path)] = Content(new FileInfo(path));
        }

        if (files.Count == 0 && !hasFolder)
            throw new DeploymentException($"{Place}: all that is to be copied is left out by the ignore file. Change .dockerignore, or copy something else.");
        if (hasFolder || found.Length > 1 || target.EndsWith('/') || target is "." or "~")
            return (target.TrimEnd('/') is { Length: > 0 } folder ? folder : "/", [.. files.Select(static file => (file.Key, file.Value))]);

        // One file, under a name of its own.
        int slash = target.LastIndexOf('/');
        string parent = slash < 0 ? "." : slash == 0 ? "/" : target[..slash];
        return (parent, [(target[(slash + 1)..], files.Values.Single())]);
    }

    private IEnumerable<string> Expand(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(IsConfined ? path.TrimStart('/') : path, Root));
        if (IsConfined && full != Root && !full.StartsWith(Path.TrimEndingDirectorySeparator(Root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new DeploymentException($"{Place}: {path} is outside of {Root}, the folder of the Dockerfile. Move it there, or use Image.Copy.");
        if (full == Path.GetPathRoot(full) || full == Environment.GetFolderPath(Environment.SpecialFolder.UserProfile))
            throw new DeploymentException($"{Place}: {full} as a whole is not copied: it holds more than belongs on another machine. Choose folders in it.");
        if (File.Exists(full) || Directory.Exists(full))
            return [full];
        string[] matching = IsConfined ? Matching(path) : [];
        return matching.Length > 0 ? matching : throw new DeploymentException($"{Place}: {full} does not exist on this machine. Check the path; a relative one starts from {Root}.");
    }

    private string[] Matching(string path)
    {
        IEnumerable<string> folders = [Root];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var pattern = new PathPattern(part);
            folders = folders.Where(Directory.Exists)
                .SelectMany(static folder => Directory.EnumerateFileSystemEntries(folder))
                .Where(entry => pattern.Matches(Path.GetFileName(entry)))
                .Order(StringComparer.Ordinal);
        }

        return [.. folders];
    }

    private void AddFolder(DirectoryInfo folder, string below, SortedDictionary<string, FileInfo> files)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo inner)
            {
                if (inner.LinkTarget is not null)
                    throw new DeploymentException($"{Place}: {inner.FullName} is a link to a folder, and links are not copied. Copy the folder itself.");
                AddFolder(inner, below + inner.Name + "/", files);
            }
            else if (!IsIgnored(entry.FullName))
            {
                files[below + entry.Name] = Content((FileInfo)entry);
            }
        }
    }

    private FileInfo Content(FileInfo file) => file.LinkTarget is null ? file
        : file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } content ? content
        : throw new DeploymentException($"{Place}: {file.FullName} is a link that leads to no file. Mend or remove it.");

    private bool IsIgnored(string path) => Ignored?.Ignores(Path.GetRelativePath(Root, path).Replace('\\', '/')) == true;
}
