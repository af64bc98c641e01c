namespace Runhouse.Protocol.Files;

/// <summary>Something that a walk through a folder found.</summary>
/// <param name="Path">Its path in the folder, with forward slashes.</param>
/// <param name="Info">What the file system says about it.</param>
/// <param name="LinkTarget">Where it leads when it is a symbolic link, which is never followed; else null.</param>
public sealed record FolderItem(string Path, FileSystemInfo Info, string? LinkTarget)
{
    /// <summary>Whether it is a folder, and no link to one.</summary>
    public bool IsFolder => LinkTarget is null && Info is DirectoryInfo;

    /// <summary>The file, when it is one; else null.</summary>
    public FileInfo? File => LinkTarget is null ? Info as FileInfo : null;
}
