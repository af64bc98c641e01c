namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>The patterns of a <c>.dockerignore</c>: what they match, and all below it, is not copied; the last pattern that matches decides.</summary>
internal sealed class IgnoreFile
{
    private readonly List<(PathPattern Pattern, bool Includes)> _patterns = [];

    /// <summary>Reads the lines of such a file.</summary>
    public IgnoreFile(IEnumerable<string> lines)
    {
        foreach (string line in lines.Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#'))
        {
            bool includes = line[0] == '!';
            string pattern = (includes ? line[1..] : line).Trim().Trim('/');
            if (pattern.StartsWith("./", StringComparison.Ordinal))
                pattern = pattern[2..];
            if (pattern.Length > 0)
                _patterns.Add((new PathPattern(pattern), includes));
        }
    }

    /// <summary>The file that holds for a Dockerfile: its own, or that of its folder; null when there is none.</summary>
    public static IgnoreFile? Of(string dockerfile)
    {
        string[] candidates = [dockerfile + ".dockerignore", Path.Combine(Path.GetDirectoryName(Path.GetFullPath(dockerfile))!, ".dockerignore")];
        return Array.Find(candidates, File.Exists) is { } file ? new IgnoreFile(File.ReadLines(file)) : null;
    }

    /// <summary>Whether a file is left out.</summary>
    /// <param name="path">Its path below the folder, with forward slashes.</param>
    public bool Ignores(string path)
    {
        bool isIgnored = false;
        foreach ((PathPattern pattern, bool includes) in _patterns)
        {
            if (isIgnored == includes && pattern.MatchesItOrAParent(path))
                isIgnored = !includes;
        }

        return isIgnored;
    }
}
