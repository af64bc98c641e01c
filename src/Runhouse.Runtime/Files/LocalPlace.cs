using Runhouse.Protocol.Files;

namespace Runhouse.Runtime.Files;

/// <summary>Paths on this machine that are copied from and to.</summary>
internal static class LocalPlace
{
    /// <summary>The most files and folders that are copied at once.</summary>
    public const int MaxEntries = 200_000;

    /// <summary>Where a path leads, without symbolic links.</summary>
    /// <param name="path">The path.</param>
    public static string Of(string path) => FolderPlace.WithoutLinks(Path.GetFullPath(path));

    /// <summary>Whether a path says by its end that it is a folder.</summary>
    /// <param name="path">The path.</param>
    public static bool IsFolderByName(string path) => path[^1] == '/' || path[^1] == Path.DirectorySeparatorChar;

    /// <summary>Refuses what is too much to copy as a whole, or to delete from.</summary>
    /// <param name="place">The folder, without links.</param>
    /// <param name="what">What is not done with it.</param>
    /// <exception cref="FileTransferException">It is the home directory, or above it.</exception>
    public static void CheckNotHome(string place, string what)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (place == Path.GetPathRoot(place) || (home.Length > 0 && FolderPlace.Holds(place, FolderPlace.WithoutLinks(home))))
        {
            throw new FileTransferException(
                $"{place} is {(place == Path.GetPathRoot(place) ? "the root of the file system" : "the home directory, or holds it")}, which {what}. Choose a folder in it.");
        }
    }
}
