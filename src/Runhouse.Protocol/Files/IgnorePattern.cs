using System.Buffers;

namespace Runhouse.Protocol.Files;

/// <summary>One line of a <c>.gitignore</c> (gitignore(5)).</summary>
internal sealed class IgnorePattern
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("*?[\\"u8);

    private readonly bool _isForFoldersOnly;
    private readonly bool _isForNames;
    private readonly byte[] _literal;
    private readonly WildPattern? _rest;

    private IgnorePattern(ReadOnlySpan<byte> pattern, bool isNegative)
    {
        IsNegative = isNegative;
        _isForFoldersOnly = pattern.EndsWith("/"u8);
        if (_isForFoldersOnly)
            pattern = pattern[..^1];
        _isForNames = !pattern.Contains((byte)'/');
        if (pattern.StartsWith("/"u8))
            pattern = pattern[1..];

        // Git compares what stands before the first wildcard by itself: what is behind it is read as if a name began there.
        int literal = pattern.IndexOfAny(Special);
        _literal = (literal < 0 ? pattern : pattern[..literal]).ToArray();
        HasWildcards = literal >= 0;
        _rest = HasWildcards ? WildPattern.Parse(pattern[literal..]) : null;
    }

    /// <summary>Whether what matches is taken in again.</summary>
    public bool IsNegative { get; }

    private bool HasWildcards { get; }

    /// <summary>The patterns of a file, the strongest last.</summary>
    /// <param name="text">The file's content.</param>
    public static IgnorePattern[] ParseAll(ReadOnlySpan<byte> text)
    {
        var patterns = new List<IgnorePattern>();
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (line.EndsWith("\r"u8))
                line = line[..^1];
            if (line.IsEmpty || line[0] == '#')
                continue;
            line = WithoutTrailingSpaces(line);
            bool isNegative = line.StartsWith("!"u8);
            if (isNegative)
                line = line[1..];
            if (!line.IsEmpty && !line.SequenceEqual("/"u8))
                patterns.Add(new IgnorePattern(line, isNegative));
        }

        return [.. patterns];
    }

    /// <summary>Whether the pattern speaks about a path.</summary>
    /// <param name="path">The path below the pattern's folder.</param>
    /// <param name="name">The last part of it.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool Matches(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool isFolder)
    {
        if (_isForFoldersOnly && !isFolder)
            return false;
        ReadOnlySpan<byte> text = _isForNames ? name : path;
        return text.StartsWith(_literal)
            && (HasWildcards ? _rest is not null && _rest.Matches(text[_literal.Length..]) : text.Length == _literal.Length);
    }

    // Spaces at the end do not count, unless a backslash is in front of them.
    private static ReadOnlySpan<byte> WithoutTrailingSpaces(ReadOnlySpan<byte> line)
    {
        int end = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\')
                i++;
            else if (line[i] == ' ')
                continue;
            end = Math.Min(i + 1, line.Length);
        }

        return line[..end];
    }
}
