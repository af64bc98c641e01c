using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Files;

/// <summary>Refuses entries that would lead out of their folder, or that contradict themselves; whoever sent them.</summary>
public static class FolderCheck
{
    // Where names of different case are one, the second file would silently replace the first.
    private static readonly StringComparer Names = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>Checks entries as a whole, before any of them is acted upon.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="limit">The most that is taken.</param>
    /// <exception cref="FileTransferException">Names the path and what is wrong with it.</exception>
    public static void Check(IReadOnlyList<FolderEntry>? entries, int limit)
    {
        // None would be the empty folder, and a reason to delete all that is in the target.
        if (entries is null)
            throw new FileTransferException("The list of what is in the folder is missing. Caller and host may be of different versions.");
        if (entries.Count > limit)
            throw new FileTransferException($"{entries.Count} files and folders are more than the {limit} that are copied at once. Exclude some, or copy the folders one by one.");

        var paths = new HashSet<string>(entries.Count, Names);
        var closed = new HashSet<string>(entries.Count, Names);
        foreach (FolderEntry? entry in entries)
        {
            if (entry?.Path is null)
                throw new FileTransferException("An entry of the folder has no path. Caller and host may be of different versions.");
            if (WrongWith(entry) is { } problem)
                throw new FileTransferException($"The path {EntryPath.Quote(entry.Path)} {problem}. Rename it, or exclude it.");
            if (!paths.Add(entry.Path))
                throw new FileTransferException($"The path {EntryPath.Quote(entry.Path)} comes twice. Rename one, or exclude it.");
            if (entry.Hash is not null || entry.LinkTarget is not null)
                closed.Add(entry.Path);
        }

        foreach (string path in paths)
        {
            for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (closed.Contains(path[..slash]))
                    throw new FileTransferException($"The path {EntryPath.Quote(path[..slash])} is a file or a link, and the folder of {EntryPath.Quote(path)} as well.");
            }
        }
    }

    /// <summary>Checks rules as a whole, before any of them is asked.</summary>
    /// <param name="rules">The rules.</param>
    /// <exception cref="FileTransferException">They are incomplete, or those of another folder.</exception>
    public static void Check(FolderRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        bool isWhole = !rules.Exclude.Contains(null!)
            && rules.Unseen.All(static text => text is { Text: not null, Folder: not null })
            && rules.Above.All(text => text is { Text: not null, Folder: not null }
                && (text.Folder.Length == 0 || text.Folder == rules.Prefix || rules.Prefix.StartsWith(text.Folder + "/", StringComparison.Ordinal)));
        if (!isWhole)
            throw new FileTransferException("The rules of what is ignored are incomplete, or belong to another folder. Caller and host may be of different versions.");
    }

    private static string? WrongWith(FolderEntry entry)
    {
        if (EntryPath.WrongWith(entry.Path) is { } problem)
            return problem;
        if (entry.Path.Split('/').Contains(IgnoreScope.DraftsFolder, StringComparer.OrdinalIgnoreCase))
            return $"is reserved: {IgnoreScope.DraftsFolder} holds what is on its way";
        if (entry.Hash is not null && entry.LinkTarget is not null)
            return "is a file and a link at once";
        if (entry.Hash is not null && !ContentHash.IsHash(entry.Hash))
            return "has a hash that is no SHA-256 in lower-case hexadecimal";
        if (entry.Size < 0 || (entry.Hash is null && entry.Size != 0))
            return $"has a size of {entry.Size} bytes";
        return entry.LinkTarget is { } target && !EntryPath.LeadsInside(entry.Path, target) ? $"is a link that leads out of the folder, to {EntryPath.Quote(target)}" : null;
    }
}
