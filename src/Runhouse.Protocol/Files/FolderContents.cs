using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Files;

/// <summary>What of a folder, or of a single file, travels.</summary>
public sealed class FolderContents
{
    private FolderContents(IReadOnlyList<FolderEntry> entries, IReadOnlyDictionary<string, FileInfo> sources, IReadOnlyList<string> skipped)
        => (Entries, Sources, Skipped) = (entries, sources, skipped);

    /// <summary>The entries, by ordinal order of their paths.</summary>
    public IReadOnlyList<FolderEntry> Entries { get; }

    /// <summary>A file with each content, by hash.</summary>
    public IReadOnlyDictionary<string, FileInfo> Sources { get; }

    /// <summary>The links that stay behind, because they lead out of the folder.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>Makes the entries of what a walk found.</summary>
    /// <param name="items">What it found.</param>
    /// <param name="hashes">The hashes that are known; those of the items are added.</param>
    /// <param name="hashed">Is told of each file whose hash is known now, from several threads.</param>
    /// <param name="cancellationToken">Stops hashing.</param>
    /// <exception cref="FileTransferException">A name cannot travel, or a file cannot be read.</exception>
    public static FolderContents Read(IReadOnlyList<FolderItem> items, HashCache hashes, Action<FileInfo>? hashed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(hashes);
        foreach (FolderItem item in items)
        {
            if (EntryPath.WrongWith(item.Path) is { } problem)
                throw new FileTransferException($"The name of {EntryPath.Quote(item.Info.FullName)} {problem}. Rename it, or exclude it.");
        }

        IReadOnlyDictionary<string, string> known = Hash([.. items.Select(static item => item.File).OfType<FileInfo>()], hashes, hashed, cancellationToken);
        var entries = new List<FolderEntry>(items.Count);
        var sources = new Dictionary<string, FileInfo>(StringComparer.Ordinal);
        var skipped = new List<string>();
        for (int i = 0; i < items.Count; i++)
        {
            FolderItem item = items[i];
            if (item.File is { } file)
            {
                string hash = known[file.FullName];
                entries.Add(new FolderEntry(item.Path) { Hash = hash, Size = file.Length, IsExecutable = IsExecutable(file) });
                sources[hash] = file;
            }
            else if (item.LinkTarget is not { } target)
            {
                // Other folders come into being with what is in them. Sorted by path, what is in this one need not come next.
                if (!HasAnyBelow(items, i))
                    entries.Add(new FolderEntry(item.Path));
            }
            else if (EntryPath.LeadsInside(item.Path, target))
            {
                entries.Add(new FolderEntry(item.Path) { LinkTarget = target });
            }
            else
            {
                skipped.Add(item.Path);
            }
        }

        return new FolderContents(entries, sources, skipped);
    }

    private static IReadOnlyDictionary<string, string> Hash(FileInfo[] files, HashCache hashes, Action<FileInfo>? hashed, CancellationToken cancellationToken)
    {
        try
        {
            return hashes.Hash(files, hashed, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AggregateException { InnerException: IOException or UnauthorizedAccessException })
        {
            Exception cause = (e as AggregateException)?.InnerException ?? e;
            throw new FileTransferException($"A file cannot be read: {cause.Message} Make it readable, exclude it, or try again if it is being changed.", cause);
        }
    }

    private static bool? IsExecutable(FileInfo file) => OperatingSystem.IsWindows() ? null : file.UnixFileMode.HasFlag(UnixFileMode.UserExecute);

    // Between a folder and what is below it stand only names that begin with the folder's.
    private static bool HasAnyBelow(IReadOnlyList<FolderItem> items, int folder)
    {
        string path = items[folder].Path;
        for (int i = folder + 1; i < items.Count && items[i].Path.StartsWith(path, StringComparison.Ordinal); i++)
        {
            if (items[i].Path[path.Length] == '/')
                return true;
        }

        return false;
    }
}
