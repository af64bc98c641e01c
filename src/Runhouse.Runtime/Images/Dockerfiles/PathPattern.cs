using System.Text;
using System.Text.RegularExpressions;

namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>A pattern for paths in Docker's way: <c>*</c> and <c>?</c> within a folder, <c>**</c> over any number of them, <c>[a-z]</c> for a character.</summary>
internal sealed class PathPattern
{
    private readonly Regex _regex;

    /// <summary>Makes the pattern.</summary>
    public PathPattern(string pattern)
    {
        var regex = new StringBuilder("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            int close;
            if (pattern.AsSpan(i).StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (pattern.AsSpan(i).StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else if (c == '[' && (close = pattern.IndexOf(']', i + 1)) > i + 1)
            {
                string set = pattern[(i + 1)..close].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                regex.Append('[').Append(set).Append(']');
                i = close;
            }
            else if (c == '\\' && i + 1 < pattern.Length)
            {
                regex.Append(Regex.Escape(pattern[++i].ToString()));
            }
            else
            {
                regex.Append(c switch { '*' => "[^/]*", '?' => "[^/]", _ => Regex.Escape(c.ToString()) });
            }
        }

        // Simple enough never to go back far, whatever somebody writes in an ignore file.
        _regex = new Regex(regex.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(1));
    }

    /// <summary>Whether a text has characters that mean more than themselves.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    /// <summary>Whether a path matches.</summary>
    public bool Matches(string path) => _regex.IsMatch(path);

    /// <summary>Whether a path or a folder above it matches.</summary>
    public bool MatchesItOrAParent(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (Matches(path[..end]))
                return true;
        }

        return false;
    }
}
