using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Files;

/// <summary>
/// Makes a folder hold given entries. First it compares, then the contents that are missing are put among the drafts, then it applies: so a
/// transfer that breaks off leaves the folder as it was, and the next one finds the drafts. Each file is replaced in one step, and one that has
/// its content already is not touched. Nothing is written or deleted through a symbolic link.
/// </summary>
public sealed class FolderMirror
{
    private readonly string _root;
    private readonly IReadOnlyList<FolderEntry> _entries;
    private readonly FolderRules _rules;
    private readonly bool _delete;
    private readonly int _limit;
    private readonly FolderFiles _files;
    private readonly HashSet<string> _skipped;
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unchanged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _missing = new(StringComparer.Ordinal);

    /// <summary>Makes a mirror; nothing happens yet.</summary>
    /// <param name="root">The folder, without symbolic links in its path. It need not exist.</param>
    /// <param name="entries">What shall be in it; checked by <see cref="FolderCheck"/>.</param>
    /// <param name="rules">What is left alone in it.</param>
    /// <param name="skipped">What the source has beside the entries, and what so is kept with all that is below it: links that lead out of it.</param>
    /// <param name="delete">Whether what is in it beside the entries is deleted.</param>
    /// <param name="limit">The most files and folders that are looked at.</param>
    /// <param name="newFileMode">Who may read a new file, and enter a new folder; null for what the system gives. Replaced files keep what they have.</param>
    public FolderMirror(
        string root, IReadOnlyList<FolderEntry> entries, FolderRules rules, IReadOnlyList<string> skipped, bool delete, int limit, UnixFileMode? newFileMode = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(skipped);
        (_root, _entries, _rules, _delete, _limit) = (root, entries, rules, delete, limit);
        _skipped = skipped.ToHashSet(StringComparer.Ordinal);
        foreach (FolderEntry entry in entries)
        {
            if (entry.Hash is null && entry.LinkTarget is null)
                _folders.Add(entry.Path);
            for (int slash = entry.Path.LastIndexOf('/'); slash > 0; slash = entry.Path.LastIndexOf('/', slash - 1))
                _folders.Add(entry.Path[..slash]);
        }

        _files = new FolderFiles(root, newFileMode);
        Drafts = new FolderDrafts(root, _files);
    }

    /// <summary>The contents on their way into the folder.</summary>
    public FolderDrafts Drafts { get; }

    /// <summary>The contents that the folder lacks, and their sizes; known after <see cref="CompareAsync"/>. They belong among the drafts.</summary>
    public IReadOnlyDictionary<string, long> Missing => _missing;

    /// <summary>Compares the entries with what is in the folder.</summary>
    /// <param name="hashes">The hashes of the folder's files.</param>
    /// <param name="cancellationToken">Stops comparing.</param>
    /// <exception cref="FileTransferException">A file is where a folder shall be, or the other way round, and nothing may be deleted.</exception>
    public async Task CompareAsync(HashCache hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        if (!_delete)
            CheckWays();

        var candidates = new Dictionary<string, FileInfo>(StringComparer.Ordinal);
        foreach (FolderEntry entry in _entries.Where(static entry => entry.Hash is not null))
        {
            var file = new FileInfo(PathOf(entry.Path));
            if (file.Exists && file.LinkTarget is null && file.Length == entry.Size && IsReachedWithoutLinks(entry.Path))
                candidates.Add(entry.Path, file);
        }

        IReadOnlyDictionary<string, string> known = hashes.Hash(candidates.Values, hashed: null, cancellationToken);
        foreach (FolderEntry entry in _entries.Where(static entry => entry.Hash is not null))
        {
            if (candidates.TryGetValue(entry.Path, out FileInfo? file) && known[file.FullName] == entry.Hash)
                _unchanged.Add(entry.Path);
            else if (entry.Size > 0 || entry.Hash != ContentHash.OfNothing)
                _missing[entry.Hash!] = entry.Size;
        }

        await Drafts.TakeInAsync(_missing, cancellationToken).ConfigureAwait(false);
        if (_missing.Count > 0 && _delete && Directory.Exists(_root))
            await ReuseAsync(hashes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes the folder. All contents that were missing are among the drafts.</summary>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="FileTransferException">Something is in the way that is ignored, and so not deleted.</exception>
    public FolderReply Apply(CancellationToken cancellationToken)
    {
        _files.EnsureRoot();
        int deleted = _delete ? Delete(cancellationToken) : 0;
        Dictionary<string, int> uses = CountUses();
        int written = 0;
        foreach (FolderEntry entry in _entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.LinkTarget is { } target)
            {
                written += _files.Link(entry.Path, target, Drafts) ? 1 : 0;
            }
            else if (entry.Hash is null)
            {
                _files.EnsureFolder(entry.Path);
            }
            else if (_unchanged.Contains(entry.Path))
            {
                _files.Mark(entry.Path, entry.IsExecutable);
            }
            else
            {
                _files.Replace(entry.Path, Drafts.Take(entry.Hash, isLast: --uses[entry.Hash] == 0), entry.IsExecutable);
                written++;
            }
        }

        Drafts.Close();
        int leaves = _entries.Count(static entry => entry.Hash is not null || entry.LinkTarget is not null);
        return new FolderReply { Written = written, Unchanged = leaves - written, Deleted = deleted };
    }

    private string PathOf(string path) => Path.Combine(_root, path);

    private Dictionary<string, int> CountUses()
    {
        var uses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (FolderEntry entry in _entries)
        {
            if (entry.Hash is { } hash && !_unchanged.Contains(entry.Path))
                uses[hash] = uses.GetValueOrDefault(hash) + 1;
        }

        return uses;
    }

    private int Delete(CancellationToken cancellationToken)
    {
        var leaves = _entries.Where(static entry => entry.Hash is not null || entry.LinkTarget is not null).Select(static entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<FolderItem> found = FolderWalk.Read(_root, _rules, NewRuleFiles().GetValueOrDefault, _limit, cancellationToken);
        int deleted = 0;

        // From below: a folder goes when nothing is left in it.
        foreach (FolderItem item in found.Reverse())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!(item.IsFolder ? _folders : leaves).Contains(item.Path) && !IsSkipped(item.Path) && FolderFiles.Delete(item))
                deleted++;
        }

        return deleted;
    }

    private bool IsSkipped(string path)
    {
        if (_skipped.Count == 0)
            return false;
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (_skipped.Contains(path[..end]))
                return true;
        }

        return false;
    }

    // What may be deleted is said by the ignore files that will be in the folder, not by those that are.
    private Dictionary<string, string?> NewRuleFiles()
    {
        var files = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (FolderEntry entry in _entries)
        {
            int slash = entry.Path.LastIndexOf('/');
            if (entry.Hash is not null && entry.Size > 0 && entry.Path.AsSpan(slash + 1) is IgnoreScope.FileName)
                files.Add(entry.Path[..Math.Max(0, slash)], _unchanged.Contains(entry.Path) ? PathOf(entry.Path) : Drafts.PathOf(entry.Hash));
        }

        return files;
    }

    // A content that lies elsewhere in the folder need not travel: files are moved and copied more often than made.
    private async Task ReuseAsync(HashCache hashes, CancellationToken cancellationToken)
    {
        var sizes = _missing.Values.ToHashSet();
        FileInfo[] files =
        [
            .. FolderWalk.Read(_root, _rules, ruleFileOf: null, _limit, cancellationToken)
                .Select(static item => item.File).OfType<FileInfo>().Where(file => sizes.Contains(file.Length)),
        ];
        IReadOnlyDictionary<string, string> known = hashes.Hash(files, hashed: null, cancellationToken);
        foreach (FileInfo file in files)
        {
            string hash = known[file.FullName];
            if (_missing.ContainsKey(hash) && await Drafts.CopyInAsync(file.FullName, hash, cancellationToken).ConfigureAwait(false))
                _missing.Remove(hash);
        }
    }

    private bool IsReachedWithoutLinks(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (new FileInfo(PathOf(path[..slash])).LinkTarget is not null)
                return false;
        }

        return true;
    }

    private void CheckWays()
    {
        foreach (string folder in _folders)
        {
            var info = new FileInfo(PathOf(folder));
            if (info.LinkTarget is not null)
                throw InTheWay(folder, "a symbolic link", "a folder");
            if (info.Exists)
                throw InTheWay(folder, "a file", "a folder");
        }

        foreach (FolderEntry entry in _entries.Where(static entry => entry.Hash is not null || entry.LinkTarget is not null))
        {
            var info = new DirectoryInfo(PathOf(entry.Path));
            if (info.Exists && info.LinkTarget is null)
                throw InTheWay(entry.Path, "a folder", entry.Hash is null ? "a link" : "a file");
        }
    }

    private FileTransferException InTheWay(string path, string there, string wanted) => new(
        $"{PathOf(path)} is {there} where {wanted} is to be, and nothing may be deleted. Remove it, choose another target (one that ends with / stands for a folder), or sync with deletions.");
}
