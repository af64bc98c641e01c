namespace Runhouse.Protocol.Files;

/// <summary>Where folders really are, and which of them are too much to copy or to clean up as a whole.</summary>
public static class FolderPlace
{
    private const int MaxLinks = 40;

    /// <summary>A path without symbolic links, as far as it exists.</summary>
    /// <param name="path">An absolute path.</param>
    public static string WithoutLinks(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string root = Path.GetPathRoot(path)!;
        string at = root;
        var rest = new Stack<string>(path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (int links = 0; rest.TryPop(out string? name);)
        {
            if (name == "..")
            {
                at = Path.GetDirectoryName(at) ?? root;
                continue;
            }

            string next = Path.Combine(at, name);
            if (name == "." || new FileInfo(next).LinkTarget is not { } target)
            {
                at = name == "." ? at : next;
                continue;
            }

            if (++links > MaxLinks)
                throw new FileTransferException($"{path} leads through more than {MaxLinks} symbolic links. Give the path without them.");
            if (Path.IsPathRooted(target))
                at = Path.GetPathRoot(target)!;
            foreach (string part in target[(Path.GetPathRoot(target) ?? "").Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(part);
        }

        return at;
    }

    /// <summary>Whether a folder is another one, or above it.</summary>
    /// <param name="folder">The folder, without links.</param>
    /// <param name="other">The other one, without links.</param>
    public static bool Holds(string folder, string other)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(other);
        string relative = Path.GetRelativePath(folder, other);
        return !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
    }
}
