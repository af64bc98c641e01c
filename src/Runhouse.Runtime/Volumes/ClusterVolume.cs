using System.Globalization;
using System.Text.RegularExpressions;

namespace Runhouse;

/// <summary>A disk of a name that a cluster's machine has, and that outlives the machine.</summary>
/// <param name="Name">Its name, one for all clusters of this user.</param>
/// <param name="Size">Its size in GiB, when it is made; one that is there has at least that.</param>
/// <param name="Path">The folder of the machine that it is.</param>
public sealed partial record ClusterVolume(string Name, int Size, string Path)
{
    private const int Smallest = 10;
    private const int Largest = 16384;

    // What the system has there, it does not have any more where a disk is mounted over it; and it cleans up /tmp.
    private static readonly string[] SystemFolders = ["bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "opt", "proc", "root", "run", "sbin", "snap", "sys", "tmp", "usr", "var"];
    private static readonly string[] SystemVarFolders = ["backups", "cache", "crash", "lib", "local", "lock", "log", "mail", "opt", "run", "snap", "spool", "tmp"];

    /// <summary>Reads a volume as the command line has it.</summary>
    /// <param name="text"><c>NAME:SIZE:PATH</c>, as in <c>datasets:200:/data</c>.</param>
    /// <exception cref="FormatException">It is not written so, or a part is not allowed; the message says which.</exception>
    public static ClusterVolume Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split(':') is not [var name, var size, var path] || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new FormatException($"'{text}' is no volume. Write its name, its size in GiB and its folder, as in datasets:200:/data.");
        var volume = new ClusterVolume(name, number, path);
        return volume.FindProblem() is { } problem ? throw new FormatException(problem) : volume;
    }

    /// <summary>The volume as the command line has it: <c>datasets:200:/data</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}:{Size}:{Path}");

    /// <summary>What of it is not allowed, as a sentence; null when all is.</summary>
    internal string? FindProblem()
    {
        if (!NameText().IsMatch(Name))
            return $"'{Name}' names no volume. Write up to 40 small letters, digits and '-', a letter first.";
        if (Size is < Smallest or > Largest)
            return string.Create(CultureInfo.InvariantCulture, $"Volume '{Name}' cannot have {Size} GiB. Ask for {Smallest} to {Largest}.");
        return !PathText().IsMatch(Path) || !IsFree(Path[1..].Split('/'))
            ? $"Volume '{Name}' cannot be at '{Path}'. Write a folder of its own from the root on, of letters, digits, '-', '_', '.' and '/', that hides none of the system's: as in /data, /mnt/data, /opt/data or /home/runhouse/data."
            : null;
    }

    private static bool IsFree(string[] parts) => !parts.Any(static part => part is "." or "..") && parts switch
    {
        ["home", "runhouse", var folder, ..] => folder[0] != '.',
        ["opt", _, ..] => true,
        ["var", var folder, ..] => !SystemVarFolders.Contains(folder),
        _ => !SystemFolders.Contains(parts[0]),
    };

    [GeneratedRegex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]
    private static partial Regex NameText();

    [GeneratedRegex("^(/[A-Za-z0-9_.-]+)+$")]
    private static partial Regex PathText();
}
