using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Files;

/// <summary>The Git repository that a folder is part of, as far as it says what is ignored.</summary>
public static class GitRepository
{
    private const string Marker = ".git";

    /// <summary>The rules for copying a folder. Its own <c>.gitignore</c> files are read while it is walked.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="useGitignore">Whether ignore files count.</param>
    /// <param name="exclude">Further patterns, relative to the folder.</param>
    public static FolderRules RulesOf(string folder, bool useGitignore, IReadOnlyList<string> exclude)
    {
        var rules = new FolderRules { UseGitignore = useGitignore, Exclude = exclude };
        if (!useGitignore || FindRoot(folder) is not { } root)
            return rules;

        string prefix = Path.GetRelativePath(root, folder).Replace(Path.DirectorySeparatorChar, '/');
        var above = new List<IgnoreText>();
        Add(above, "", Path.Combine(root, Marker, "info", "exclude"));
        if (prefix == ".")
            return rules with { Above = above };

        string inside = "";
        foreach (string name in prefix.Split('/'))
        {
            Add(above, inside, Path.Combine(root, inside, IgnoreScope.FileName));
            inside = inside.Length == 0 ? name : $"{inside}/{name}";
        }

        return rules with { Prefix = prefix, Above = above };
    }

    private static string? FindRoot(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Path.Exists(Path.Combine(at, Marker)))
                return at;
        }

        return null;
    }

    // Git follows no link to an ignore file either.
    private static void Add(List<IgnoreText> texts, string folder, string path)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.LinkTarget is null)
            texts.Add(new IgnoreText(folder, File.ReadAllText(path)));
    }
}
