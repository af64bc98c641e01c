namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>The patterns of OpenSSH's files: <c>*</c> for any characters, <c>?</c> for one, <c>!</c> before a pattern that must not match.</summary>
internal static class SshPattern
{
    /// <summary>Whether a text matches one pattern.</summary>
    /// <param name="pattern">The pattern, without a leading <c>!</c>.</param>
    /// <param name="text">The text.</param>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        // The last star takes as little as it can and one more each time the rest does not fit: the time is bounded by the product of the lengths.
        int star = -1;
        int taken = 0;
        int p = 0;
        int t = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                taken = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++taken;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }

    /// <summary>Whether a text matches one of several patterns and none of those with <c>!</c>.</summary>
    /// <param name="patterns">The patterns.</param>
    /// <param name="text">The text.</param>
    public static bool MatchesAny(IEnumerable<string> patterns, string text)
    {
        bool matches = false;
        foreach (string pattern in patterns)
        {
            bool negated = pattern.StartsWith('!');
            if (!Matches(negated ? pattern.AsSpan(1) : pattern, text))
                continue;
            if (negated)
                return false;
            matches = true;
        }

        return matches;
    }

    /// <summary>Whether a text matches a list of patterns with commas between them.</summary>
    /// <param name="list">The list.</param>
    /// <param name="text">The text.</param>
    public static bool MatchesList(string list, string text)
        => MatchesAny(list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), text);
}
