namespace Runhouse.Protocol.Control;

/// <summary>What is in a folder: a file (it has a hash), a symbolic link (it has a target), or a folder in which nothing else is.</summary>
/// <param name="Path">Its path inside the folder, with forward slashes, relative, without <c>..</c>.</param>
public sealed record FolderEntry(string Path)
{
    /// <summary>SHA-256 of a file's content, in lower-case hexadecimal; null for links and folders.</summary>
    public string? Hash { get; init; }

    /// <summary>A file's size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Whether a file may be executed; null when the sender's platform does not say, and then the receiver's file keeps what it has.</summary>
    public bool? IsExecutable { get; init; }

    /// <summary>Where a symbolic link leads: relative, and to inside the folder; null for files and folders.</summary>
    public string? LinkTarget { get; init; }
}

// The generated reader sets every property, to null where the JSON has none: what may be left out says itself what it is then.

/// <summary>What of a folder stays behind when it is copied, and is left alone where it is copied to.</summary>
public sealed record FolderRules
{
    /// <summary>Whether the folder's <c>.gitignore</c> files count.</summary>
    public bool UseGitignore { get; init; }

    /// <summary>Further patterns in the syntax of <c>.gitignore</c>, relative to the folder; they come before those of the files.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = value ?? []; } = [];

    /// <summary>The folder's path inside its Git repository; empty when it is the repository's root, or in none.</summary>
    public string Prefix { get; init => field = value ?? ""; } = "";

    /// <summary>The rules of the repository from outside the folder, the strongest last.</summary>
    public IReadOnlyList<IgnoreText> Above { get; init => field = value ?? []; } = [];

    /// <summary>The ignore files in the folder that are ignored themselves, and so do not travel: their folders are relative to the folder.</summary>
    public IReadOnlyList<IgnoreText> Unseen { get; init => field = value ?? []; } = [];
}

/// <summary>The text of one ignore file.</summary>
/// <param name="Folder">The folder to which its patterns are relative; empty for the root.</param>
/// <param name="Text">The patterns, a line each.</param>
public sealed record IgnoreText(string Folder, string Text);

/// <summary>A folder as it shall be on the host (<c>POST /v1/folders</c>).</summary>
public sealed record FolderManifest
{
    /// <summary>The folder's path on the host: absolute, or relative to the user's home there.</summary>
    public required string Path { get; init; }

    /// <summary>What shall be in it.</summary>
    public required IReadOnlyList<FolderEntry> Entries { get; init; }

    /// <summary>Whether what is in the folder beside that is deleted, unless the rules ignore it or the source has it and it stays behind.</summary>
    public bool Delete { get; init; }

    /// <summary>What the source has and does not send: links that lead out of it. What is there in the folder, and below, is kept.</summary>
    public IReadOnlyList<string> Skipped { get; init => field = value ?? []; } = [];

    /// <summary>The rules of the folder that the entries come from.</summary>
    public FolderRules Rules { get; init => field = value ?? new(); } = new();
}

/// <summary>What the host answers to a <see cref="FolderManifest"/>.</summary>
public sealed record FolderReply
{
    /// <summary>The contents that the host needs first; while there are any, nothing in the folder has changed.</summary>
    public IReadOnlyList<string> Missing { get; init => field = value ?? []; } = [];

    /// <summary>How many files and links were written.</summary>
    public int Written { get; init; }

    /// <summary>How many were there already.</summary>
    public int Unchanged { get; init; }

    /// <summary>How many files, links and folders were deleted.</summary>
    public int Deleted { get; init; }
}

/// <summary>Asks what is at a path of the host (<c>POST /v1/folders/list</c>).</summary>
/// <param name="Path">The path on the host: absolute, or relative to the user's home there.</param>
public sealed record FolderQuery(string Path)
{
    /// <summary>Whether the <c>.gitignore</c> files there count.</summary>
    public bool UseGitignore { get; init; }

    /// <summary>Further patterns, relative to the folder.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = value ?? []; } = [];
}

/// <summary>What is at a path of the host.</summary>
public sealed record FolderListing
{
    /// <summary>The folder's absolute path; of a file, the path of the folder that it is in.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the path asked for is a file: then it is the only entry.</summary>
    public bool IsFile { get; init; }

    /// <summary>What is in the folder.</summary>
    public required IReadOnlyList<FolderEntry> Entries { get; init; }

    /// <summary>The links that do not travel, because they lead out of the folder.</summary>
    public IReadOnlyList<string> Skipped { get; init => field = value ?? []; } = [];

    /// <summary>The rules by which the entries were chosen.</summary>
    public FolderRules Rules { get; init => field = value ?? new(); } = new();
}
