namespace Runhouse.Protocol.Files;

/// <summary>
/// The contents on their way into a folder, each named by its hash, in a hidden folder inside it: from there, one rename brings a content to its
/// place. What a transfer that broke off left is taken up by the next one.
/// </summary>
public sealed class FolderDrafts
{
    private readonly string _folder;
    private readonly FolderFiles _files;

    internal FolderDrafts(string root, FolderFiles files) => (_folder, _files) = (Path.Combine(root, IgnoreScope.DraftsFolder), files);

    /// <summary>Where the draft with a hash belongs; the folder is made when it is missing.</summary>
    /// <param name="hash">The hash.</param>
    public string PathOf(string hash)
    {
        Open();
        return Path.Combine(_folder, hash);
    }

    /// <summary>Takes up what is there already.</summary>
    /// <param name="missing">The contents looked for, and their sizes; those that are there are removed.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task TakeInAsync(Dictionary<string, long> missing, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(missing);
        var folder = new DirectoryInfo(_folder);
        if (!folder.Exists || folder.LinkTarget is not null)
            return;
        foreach (FileInfo file in folder.EnumerateFiles())
        {
            bool isWanted = file.LinkTarget is null && missing.TryGetValue(file.Name, out long size) && size == file.Length
                && await HashAsync(file.FullName, cancellationToken).ConfigureAwait(false) == file.Name;
            if (isWanted)
                missing.Remove(file.Name);
            else
                file.Delete();
        }
    }

    /// <summary>Copies a content in; false when the file no longer has it.</summary>
    /// <param name="source">The file.</param>
    /// <param name="hash">The hash of the content.</param>
    /// <param name="cancellationToken">Stops copying.</param>
    public async Task<bool> CopyInAsync(string source, string hash, CancellationToken cancellationToken)
    {
        try
        {
            FileStream content = File.OpenRead(source);
            await using (content.ConfigureAwait(false))
                return await ContentHash.CopyAsync(content, PathOf(hash), hash, content.Length, copied: null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>A file with a content, to be moved to its place.</summary>
    /// <param name="hash">The hash of the content.</param>
    /// <param name="isLast">Whether the content is needed no more; else a copy is given.</param>
    internal string Take(string hash, bool isLast)
    {
        string draft = PathOf(hash);
        string taken = draft + ".copy";
        if (hash == ContentHash.OfNothing)
            File.WriteAllBytes(taken, []);
        else if (isLast)
            return draft;
        else
            File.Copy(draft, taken, overwrite: true);
        return taken;
    }

    /// <summary>A path for a link that is to be moved to its place.</summary>
    internal string NewLink()
    {
        string path = PathOf("link");
        File.Delete(path);
        return path;
    }

    /// <summary>Removes the drafts.</summary>
    internal void Close()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private void Open()
    {
        var folder = new DirectoryInfo(_folder);
        if (folder.Exists && folder.LinkTarget is null)
            return;

        _files.EnsureRoot();

        // A link would lead the drafts elsewhere.
        if (folder.LinkTarget is not null || File.Exists(_folder))
            File.Delete(_folder);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(_folder);
        else
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        FileStream content = File.OpenRead(path);
        await using (content.ConfigureAwait(false))
            return Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
    }
}
