using System.Buffers;
using System.Text;

namespace Runhouse.Protocol.Files;

/// <summary>Which paths name something inside a folder. Both ends ask: neither trusts the other with where it writes.</summary>
public static class EntryPath
{
    private const int MaxPathBytes = 1024;
    private const int MaxNameBytes = 255;
    private const int ShownLength = 200;

    private static readonly SearchValues<char> RefusedByWindows = SearchValues.Create("<>:\"|?*");

    /// <summary>What is wrong with a path, to stand behind it in a sentence; null when nothing is.</summary>
    /// <param name="path">The path, relative to the folder.</param>
    public static string? WrongWith(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0)
            return "is empty";
        if (path.Length > MaxPathBytes || Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            return $"is longer than {MaxPathBytes} bytes";
        if (path.Any(char.IsControl))
            return "holds a control character";
        if (path.Contains('\\', StringComparison.Ordinal))
            return "holds a backslash; separate folders by /";
        if (path.Contains('\uFFFD', StringComparison.Ordinal))
            return "is not valid UTF-8";
        if (path[0] == '/')
            return "is absolute; paths are relative to the folder";

        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> name = path.AsSpan()[range];
            if (name.IsEmpty)
                return "has an empty part";
            if (name is "." or "..")
                return "leaves its folder by . or ..";
            if (Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
                return $"has a part longer than {MaxNameBytes} bytes";
            if (OperatingSystem.IsWindows() && (name.ContainsAny(RefusedByWindows) || name[^1] is '.' or ' '))
                return "has a part that Windows does not allow";
        }

        return null;
    }

    /// <summary>
    /// Whether a symbolic link stays inside its folder, whatever else is a link there: its target is relative, climbs at its beginning only,
    /// and not beyond the root. A climb behind a name could start anywhere, as the name may be a link itself.
    /// </summary>
    /// <param name="path">The link's path inside the folder; the folders above it are real ones.</param>
    /// <param name="target">Where it leads, as it is written in the link.</param>
    public static bool LeadsInside(string path, string target)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(target);
        int depth = path.Count(static c => c == '/');
        string[] parts = target.Split('/');
        int climbs = parts.TakeWhile(static part => part == "..").Count();
        return climbs <= depth && (climbs == parts.Length || WrongWith(string.Join('/', parts[climbs..])) is null);
    }

    /// <summary>A path for a message: what a client sends must not break a log's or a message's lines.</summary>
    /// <param name="path">The path.</param>
    public static string Quote(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string shown = string.Concat((path.Length > ShownLength ? path[..ShownLength] + "..." : path).Select(static c => char.IsControl(c) ? '?' : c));
        return $"'{shown}'";
    }
}
