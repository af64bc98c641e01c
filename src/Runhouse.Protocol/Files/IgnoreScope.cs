using System.Text;
using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Files;

/// <summary>
/// What is ignored in one folder of a tree: by its own <c>.gitignore</c>, by those of the folders above, and by what the caller excludes. Whoever
/// walks the tree enters no ignored folder; Git holds that nothing below one can be taken in again.
/// </summary>
public sealed class IgnoreScope
{
    /// <summary>The name of the files with patterns.</summary>
    public const string FileName = ".gitignore";

    /// <summary>The folder in which contents wait until they are put in their place. It never travels.</summary>
    public const string DraftsFolder = ".runhouse-sync";

    private const string RepositoryFolder = ".git";

    private readonly IgnoreScope? _above;
    private readonly IgnorePattern[] _patterns;
    private readonly int _baseLength;
    private readonly Root _root;

    private IgnoreScope(Root root, IgnoreScope? above, string folder, ReadOnlySpan<byte> text)
    {
        _root = root;
        _above = above;
        _patterns = IgnorePattern.ParseAll(text);
        _baseLength = folder.Length == 0 ? 0 : Encoding.UTF8.GetByteCount(folder) + 1;
    }

    /// <summary>The scope around a folder: what its own files say comes in by <see cref="Enter"/>.</summary>
    /// <param name="rules">The rules.</param>
    public static IgnoreScope Around(FolderRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var root = new Root(rules.Prefix, IgnorePattern.ParseAll(Encoding.UTF8.GetBytes(string.Join('\n', rules.Exclude))));
        var scope = new IgnoreScope(root, above: null, "", []);
        foreach (IgnoreText text in rules.Above)
            scope = new IgnoreScope(root, scope, text.Folder, Encoding.UTF8.GetBytes(text.Text));
        return scope;
    }

    /// <summary>The scope of a folder with a <c>.gitignore</c>.</summary>
    /// <param name="folder">The folder's path in the tree; empty for its root.</param>
    /// <param name="text">The content of the file.</param>
    public IgnoreScope Enter(string folder, ReadOnlySpan<byte> text) => new(_root, this, _root.InRepository(folder), text);

    /// <summary>Whether a path is ignored. The folders above it are not.</summary>
    /// <param name="path">The path in the tree, in this scope's folder or below.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool IsIgnored(string path, bool isFolder)
    {
        ArgumentNullException.ThrowIfNull(path);
        ReadOnlySpan<char> name = path.AsSpan(path.LastIndexOf('/') + 1);
        if (name.Equals(RepositoryFolder, StringComparison.OrdinalIgnoreCase) || name.Equals(DraftsFolder, StringComparison.OrdinalIgnoreCase))
            return true;

        byte[] inRepository = Encoding.UTF8.GetBytes(_root.InRepository(path));
        ReadOnlySpan<byte> bytes = inRepository;
        ReadOnlySpan<byte> nameBytes = bytes[(bytes.LastIndexOf((byte)'/') + 1)..];
        if (Last(_root.Exclude, bytes[_root.BaseLength..], nameBytes, isFolder) is { } excluded)
            return !excluded.IsNegative;
        for (IgnoreScope? scope = this; scope is not null; scope = scope._above)
        {
            if (Last(scope._patterns, bytes[scope._baseLength..], nameBytes, isFolder) is { } found)
                return !found.IsNegative;
        }

        return false;
    }

    private static IgnorePattern? Last(IgnorePattern[] patterns, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool isFolder)
    {
        for (int i = patterns.Length - 1; i >= 0; i--)
        {
            if (patterns[i].Matches(path, name, isFolder))
                return patterns[i];
        }

        return null;
    }

    /// <summary>What holds for the whole tree.</summary>
    private sealed class Root(string prefix, IgnorePattern[] exclude)
    {
        public IgnorePattern[] Exclude => exclude;

        public int BaseLength { get; } = prefix.Length == 0 ? 0 : Encoding.UTF8.GetByteCount(prefix) + 1;

        public string InRepository(string path) => prefix.Length == 0 ? path : path.Length == 0 ? prefix : $"{prefix}/{path}";
    }
}
