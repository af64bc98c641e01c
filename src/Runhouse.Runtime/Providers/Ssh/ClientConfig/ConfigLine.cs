using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>One line of OpenSSH's client configuration.</summary>
/// <param name="File">The file.</param>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Key">The keyword, in lower case.</param>
/// <param name="Values">Its arguments, without quotes.</param>
internal sealed record ConfigLine(string File, int Number, string Key, IReadOnlyList<string> Values)
{
    /// <summary>Where it stands, for messages.</summary>
    public string Place => $"{File}:{Number}";

    /// <summary>Reads a line; false for one that says nothing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="number">The line's number.</param>
    /// <param name="text">The line.</param>
    /// <param name="line">What it says.</param>
    /// <exception cref="RunhouseConfigurationException">A quote is not closed.</exception>
    public static bool TryParse(string file, int number, string text, [NotNullWhen(true)] out ConfigLine? line)
    {
        line = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.IsEmpty || rest[0] == '#')
            return false;
        int end = rest.IndexOfAny(" \t=");
        string key = (end < 0 ? rest : rest[..end]).ToString().ToLowerInvariant();
        rest = end < 0 ? [] : rest[end..].TrimStart(" \t");
        // "Key value", "Key=value" and "Key = value" are the same.
        if (rest is ['=', ..])
            rest = rest[1..];
        if (Split(rest) is not { } values)
            throw new RunhouseConfigurationException($"A quote in {file}:{number} is not closed. Correct the line.");
        line = new ConfigLine(file, number, key, values);
        return true;
    }

    // Blanks divide, quotes hold together, a backslash takes a quote, a backslash or a blank as it is, # begins a comment.
    private static List<string>? Split(ReadOnlySpan<char> text)
    {
        var values = new List<string>();
        var value = new StringBuilder();
        int i = 0;
        while (true)
        {
            while (i < text.Length && text[i] is ' ' or '\t')
                i++;
            if (i == text.Length || text[i] == '#')
                return values;
            value.Clear();
            char quote = '\0';
            for (; i < text.Length; i++)
            {
                char c = text[i];
                if (c == '\\' && i + 1 < text.Length && (text[i + 1] is '"' or '\'' or '\\' || (quote == '\0' && text[i + 1] == ' ')))
                    value.Append(text[++i]);
                else if (quote == '\0' && c is ' ' or '\t')
                    break;
                else if (quote == '\0' && c is '"' or '\'')
                    quote = c;
                else if (c == quote && quote != '\0')
                    quote = '\0';
                else
                    value.Append(c);
            }

            if (quote != '\0')
                return null;
            values.Add(value.ToString());
        }
    }
}
