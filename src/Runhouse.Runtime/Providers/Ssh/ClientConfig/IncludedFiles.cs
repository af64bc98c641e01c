using System.IO.Enumeration;

namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>The files that a path with <c>*</c> and <c>?</c> in it names.</summary>
internal static class IncludedFiles
{
    /// <summary>The files that there are, in the order of their names.</summary>
    /// <param name="pattern">The path; any part of it may hold <c>*</c> and <c>?</c>.</param>
    public static IEnumerable<string> Find(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] parts = pattern[root.Length..].Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> found = [root];
        for (int i = 0; i < parts.Length; i++)
        {
            (string part, bool last) = (parts[i], i == parts.Length - 1);
            found = found.SelectMany(folder => part.AsSpan().ContainsAny('*', '?') ? Entries(folder, part, last) : [Path.Combine(folder, part)]);
        }

        return found.Where(File.Exists).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Entries(string folder, string pattern, bool files)
    {
        try
        {
            // As in a shell, a star does not take a hidden file.
            return [.. (files ? Directory.EnumerateFiles(folder) : Directory.EnumerateDirectories(folder)).Where(path =>
                FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(path), ignoreCase: false)
                && (Path.GetFileName(path)[0] != '.' || pattern[0] == '.'))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that is not there, or not for this account, holds no file for it: OpenSSH goes on as well.
            return [];
        }
    }
}
