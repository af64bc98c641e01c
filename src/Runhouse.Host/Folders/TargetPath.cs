using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Host.Folders;

/// <summary>A path that a caller names on this machine: absolute, or relative to the user's home. Links of the user's own on the way are followed.</summary>
/// <param name="Given">As the caller wrote it.</param>
/// <param name="Full">Where it is, without links.</param>
internal sealed record TargetPath(string Given, string Full)
{
    private const int MaxLength = 4096;

    /// <exception cref="HostRefusal">The path is none.</exception>
    public static TargetPath Parse(string? path, HostSettings settings)
    {
        if (path is not { Length: > 0 and <= MaxLength })
            throw HostRefusal.Transfer($"A path on the host has 1 to {MaxLength} characters; ~ stands for the user's home there.");
        if (path.Any(char.IsControl) || path.Contains('\\', StringComparison.Ordinal))
            throw HostRefusal.Transfer($"The path {EntryPath.Quote(path)} holds a control character or a backslash. Separate folders by /.");

        string[] parts = path.Split('/');
        if (parts.Contains("..", StringComparer.Ordinal))
            throw HostRefusal.Transfer($"The path {EntryPath.Quote(path)} leads up by '..'. Give the path itself, absolute or relative to the home on the host.");
        if (parts[0].StartsWith('~') && parts[0] != "~")
            throw HostRefusal.Transfer($"The path {EntryPath.Quote(path)} begins with another user's home. Give the path itself, or ~/ for the home of this host's user.");

        IEnumerable<string> names = parts.Skip(parts[0] is "~" ? 1 : 0).Where(static part => part is not ("" or "."));
        string full = Path.Combine([path[0] == '/' ? "/" : settings.UserHome, .. names]);
        return new TargetPath(path, FolderPlace.WithoutLinks(full));
    }

    /// <summary>Refuses what is too much to delete from or to copy as a whole: the home, and whatever it is in.</summary>
    public void CheckNotHome(HostSettings settings, string what)
    {
        if (FolderPlace.Holds(Full, FolderPlace.WithoutLinks(settings.UserHome)))
        {
            throw HostRefusal.Transfer(
                $"{EntryPath.Quote(Given)} on the host is {(Full == "/" ? "the root of its file system" : "the home directory, or holds it")}, which {what}. Choose a folder in it, such as ~/project.");
        }
    }

    /// <summary>Refuses the host's own folder, and deletions around it.</summary>
    public void CheckNotHost(HostFolders folders, bool delete)
    {
        string host = FolderPlace.WithoutLinks(folders.Home);
        if (FolderPlace.Holds(host, Full) || (delete && FolderPlace.Holds(Full, host)))
            throw HostRefusal.Transfer($"{EntryPath.Quote(Given)} on the host is, or holds, the folder in which the host keeps its own state ({host}). Choose another one.");
    }

    /// <summary>Refuses entries that would lie in the host's own folder.</summary>
    public void CheckNotHost(HostFolders folders, IReadOnlyList<FolderEntry> entries)
    {
        string host = FolderPlace.WithoutLinks(folders.Home);
        if (!FolderPlace.Holds(Full, host))
            return;
        string inside = Path.GetRelativePath(Full, host);
        if (entries.FirstOrDefault(entry => entry.Path == inside || entry.Path.StartsWith(inside + "/", StringComparison.Ordinal)) is { } entry)
            throw HostRefusal.Transfer($"The path {EntryPath.Quote(entry.Path)} leads into the folder in which the host keeps its own state ({host}). Exclude it.");
    }
}
