using System.Text;
using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Files;

/// <summary>Walks through a folder: what is in it and not ignored. Links are found and not followed.</summary>
public static class FolderWalk
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Everything in a folder that its rules do not ignore, by ordinal order of the paths.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="rules">What is ignored.</param>
    /// <param name="ruleFileOf">The file with the patterns of a folder, by the folder's path; null for the <c>.gitignore</c> that is in it.</param>
    /// <param name="limit">The most that is taken.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <exception cref="FileTransferException">A folder cannot be read, or there is more than the limit.</exception>
    public static IReadOnlyList<FolderItem> Read(
        string root, FolderRules rules, Func<string, string?>? ruleFileOf, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(rules);
        ruleFileOf ??= folder => Path.Combine(root, folder, IgnoreScope.FileName);
        var unseen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IgnoreText text in rules.Unseen)
            unseen[text.Folder] = text.Text;
        var items = new List<FolderItem>();
        var folders = new Stack<(string Path, IgnoreScope Above)>([("", IgnoreScope.Around(rules))]);
        while (folders.TryPop(out (string Path, IgnoreScope Above) folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                IgnoreScope scope = rules.UseGitignore ? Enter(folder.Above, folder.Path, ruleFileOf(folder.Path), unseen) : folder.Above;
                foreach (FolderItem item in In(root, folder.Path))
                {
                    if (scope.IsIgnored(item.Path, item.IsFolder))
                        continue;
                    if (items.Count == limit)
                    {
                        throw new FileTransferException(
                            $"{root} holds more than {limit} files and folders, the most that are copied at once. Exclude some, or copy its folders one by one.");
                    }

                    items.Add(item);
                    if (item.IsFolder)
                        folders.Push((item.Path, scope));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new FileTransferException($"{Path.Combine(root, folder.Path)} cannot be read: {e.Message} Make it readable, or exclude it.", e);
            }
        }

        items.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        return items;
    }

    /// <summary>The ignore files of a folder that are ignored themselves, as those that say <c>*</c> are: who gets the rest has to know what they say.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="items">What a walk by ignore files found in it.</param>
    /// <exception cref="FileTransferException">One cannot be read.</exception>
    public static IReadOnlyList<IgnoreText> ReadUnseenRules(string root, IReadOnlyList<FolderItem> items)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(items);
        var seen = items.Select(static item => item.Path).ToHashSet(StringComparer.Ordinal);
        var unseen = new List<IgnoreText>();
        foreach (string folder in items.Where(static item => item.IsFolder).Select(static item => item.Path).Prepend(""))
        {
            string file = Path.Combine(root, folder, IgnoreScope.FileName);
            if (seen.Contains(folder.Length == 0 ? IgnoreScope.FileName : $"{folder}/{IgnoreScope.FileName}") || !IsRuleFile(file))
                continue;
            try
            {
                unseen.Add(new IgnoreText(folder, File.ReadAllText(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new FileTransferException($"{file} cannot be read: {e.Message} Make it readable, or exclude its folder.", e);
            }
        }

        return unseen;
    }

    private static IgnoreScope Enter(IgnoreScope above, string folder, string? ruleFile, Dictionary<string, string> unseen)
    {
        if (ruleFile is not null && IsRuleFile(ruleFile))
            return above.Enter(folder, File.ReadAllBytes(ruleFile));
        return unseen.TryGetValue(folder, out string? text) ? above.Enter(folder, Encoding.UTF8.GetBytes(text)) : above;
    }

    // Git follows no link to an ignore file, and so nobody reads by one what is outside.
    private static bool IsRuleFile(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null, Length: > 0 };

    private static IEnumerable<FolderItem> In(string root, string folder)
    {
        foreach (FileSystemInfo info in new DirectoryInfo(Path.Combine(root, folder)).EnumerateFileSystemInfos("*", Everything))
        {
            string? target = info.Attributes.HasFlag(FileAttributes.ReparsePoint) ? info.LinkTarget : null;
            yield return new FolderItem(folder.Length == 0 ? info.Name : $"{folder}/{info.Name}", info, target?.Replace(Path.DirectorySeparatorChar, '/'));
        }
    }
}
