namespace Runhouse.Runtime.Machines;

/// <summary>
/// Folders that are installed under names which say what is in them, and pile up with the versions. Whoever starts something from one touches it; <c>host.sh</c> does
/// the same, and removes by the same rule.
/// </summary>
internal static class InstalledFolders
{
    private const int Kept = 2;

    // What somebody is just starting from no process runs from yet.
    private static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    /// <summary>Says that a folder is used now.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">The clock.</param>
    public static void Touch(string folder, TimeProvider time) => Directory.SetLastWriteTimeUtc(folder, time.GetUtcNow().UtcDateTime);

    /// <summary>Removes those that are not of the two used last, that nobody has started from for an hour, and that no process runs from.</summary>
    /// <param name="folders">The folders.</param>
    /// <param name="current">The one that is used now.</param>
    /// <param name="time">The clock.</param>
    public static void Tidy(IEnumerable<string> folders, string current, TimeProvider time)
    {
        Touch(current, time);
        DateTime settled = (time.GetUtcNow() - Settled).UtcDateTime;
        foreach (string folder in folders.OrderByDescending(Directory.GetLastWriteTimeUtc).Skip(Kept))
        {
            if (Directory.GetLastWriteTimeUtc(folder) < settled && !IsRunFrom(folder))
                TryDelete(folder);
        }
    }

    // Only on Linux do hosts run that this process does not know of: those that callers elsewhere started over SSH.
    private static bool IsRunFrom(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        string path = folder + Path.DirectorySeparatorChar;
        return Directory.EnumerateDirectories("/proc").Where(static process => char.IsAsciiDigit(Path.GetFileName(process)[0]))
            .Any(process => Says(Path.Combine(process, "cmdline"), path) || Says(Path.Combine(process, "maps"), path));
    }

    private static bool Says(string file, string path)
    {
        try
        {
            return File.ReadAllText(file).Contains(path, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that has ended meanwhile, or another user's.
            return false;
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A program that is ending still runs from it, where programs in use cannot be deleted: whoever tidies next tries again.
        }
    }
}
