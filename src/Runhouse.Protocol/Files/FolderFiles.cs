namespace Runhouse.Protocol.Files;

/// <summary>Changes single files, links and folders below a root, and never leaves it: a link on the way is an error, not a way.</summary>
/// <param name="root">The root.</param>
/// <param name="newFileMode">Who may read new files; null for what the system gives.</param>
internal sealed class FolderFiles(string root, UnixFileMode? newFileMode)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const int ReadToExecute = 2;

    private readonly HashSet<string> _made = new(StringComparer.Ordinal) { "" };

    public void EnsureRoot() => Create(root);

    public void EnsureFolder(string path)
    {
        if (!_made.Add(path))
            return;
        EnsureFolder(ParentOf(path));
        string full = Path.Combine(root, path);
        var info = new DirectoryInfo(full);
        if (info.LinkTarget is not null || File.Exists(full))
            throw Blocked(path, info.LinkTarget is null ? "a file" : "a symbolic link");
        if (!info.Exists)
            Create(full);
    }

    /// <summary>Puts a file in its place, with the rights of the one that was there.</summary>
    public void Replace(string path, string draft, bool? isExecutable)
    {
        EnsureFolder(ParentOf(path));
        string full = Path.Combine(root, path);
        CheckNoFolder(path, full);
        if (!OperatingSystem.IsWindows())
        {
            var former = new FileInfo(full);
            UnixFileMode mode = former.Exists && former.LinkTarget is null ? former.UnixFileMode : newFileMode ?? File.GetUnixFileMode(draft);
            File.SetUnixFileMode(draft, Marked(mode, isExecutable));
        }

        File.Move(draft, full, overwrite: true);
    }

    /// <summary>Sets or clears the right to execute a file, where it is not as it shall be.</summary>
    public void Mark(string path, bool? isExecutable)
    {
        if (OperatingSystem.IsWindows() || isExecutable is null)
            return;
        string full = Path.Combine(root, path);
        UnixFileMode mode = File.GetUnixFileMode(full);
        if (mode.HasFlag(UnixFileMode.UserExecute) != isExecutable)
            File.SetUnixFileMode(full, Marked(mode, isExecutable));
    }

    /// <summary>Makes a link; false when it was there already.</summary>
    public bool Link(string path, string target, FolderDrafts drafts)
    {
        EnsureFolder(ParentOf(path));
        string full = Path.Combine(root, path);
        string native = target.Replace('/', Path.DirectorySeparatorChar);
        if (new FileInfo(full).LinkTarget == native)
            return false;
        CheckNoFolder(path, full);
        string draft = drafts.NewLink();
        try
        {
            File.CreateSymbolicLink(draft, native);
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            throw new FileTransferException($"The symbolic link {full} cannot be made: {e.Message} Turn on Windows' developer mode, or exclude the link.", e);
        }

        File.Move(draft, full, overwrite: true);
        return true;
    }

    /// <summary>Deletes something, a folder only when it is empty; false when it is not.</summary>
    public static bool Delete(FolderItem item)
    {
        string full = item.Info.FullName;
        if (!item.IsFolder)
            File.Delete(full);
        else if (!Directory.EnumerateFileSystemEntries(full).Any())
            Directory.Delete(full);
        else
            return false;
        return true;
    }

    private static string ParentOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private static UnixFileMode Marked(UnixFileMode mode, bool? isExecutable) => isExecutable switch
    {
        null => mode,
        false => mode & ~Executable,

        // Who may read it may execute it.
        true => mode | (UnixFileMode)((int)(mode & Readable) >> ReadToExecute),
    };

    private void Create(string folder)
    {
        if (OperatingSystem.IsWindows() || newFileMode is not { } mode)
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, Marked(mode, isExecutable: true));
    }

    private static void CheckNoFolder(string path, string full)
    {
        var there = new DirectoryInfo(full);
        if (there.Exists && there.LinkTarget is null)
            throw Blocked(path, "a folder");
    }

    private static FileTransferException Blocked(string path, string what) => new(
        $"{EntryPath.Quote(path)} is {what} in the target, something else in the source, and kept because it is, or holds, what is ignored. Remove it by hand.");
}
