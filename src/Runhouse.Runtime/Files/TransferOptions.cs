namespace Runhouse;

/// <summary>What of a folder is copied.</summary>
public sealed record TransferOptions
{
    /// <summary>The options that hold when none are given.</summary>
    public static TransferOptions Default { get; } = new();

    /// <summary>
    /// Whether files and folders of the target are deleted that the source does not have, so that the target becomes its mirror. What the rules
    /// below leave behind is left alone in the target as well.
    /// </summary>
    public bool Delete { get; init; }

    /// <summary>
    /// Whether what the <c>.gitignore</c> files of the source ignore stays behind: those in the folder, and those above it up to the root of its Git
    /// repository with <c>.git/info/exclude</c>. A folder <c>.git</c> never travels.
    /// </summary>
    public bool UseGitignore { get; init; } = true;

    /// <summary>Further patterns of what stays behind, in the syntax of <c>.gitignore</c>, relative to the folder. They come before those of the files.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
}
