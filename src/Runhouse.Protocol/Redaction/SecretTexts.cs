using System.Buffers;

namespace Runhouse.Protocol.Redaction;

/// <summary>Finds what of a secret must not be shown: the texts that a <see cref="Redactor"/> looks for.</summary>
public static class SecretTexts
{
    /// <summary>Shorter texts occur by chance, and hiding each occurrence would tell what they are.</summary>
    public const int MinLength = 6;

    // In a file, single words are secrets only when they are as long as keys and tokens are: the rest are names and settings.
    private const int MinWordLength = 16;

    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\r\n\"'`=:,;{}[]()<>|");

    /// <summary>The texts of a value: each of its lines, so that the value is recognized in output that is looked at line by line.</summary>
    /// <param name="value">The value.</param>
    public static IEnumerable<string> OfValue(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length >= MinLength);
    }

    /// <summary>The texts of a file: its lines without headings and brackets, and the long words on them.</summary>
    /// <param name="content">The file's text.</param>
    public static IEnumerable<string> OfFile(string content)
    {
        foreach (string line in OfValue(content))
        {
            if (!(line.StartsWith('[') && line.EndsWith(']')))
                yield return line;
            foreach (string word in Words(line))
                yield return word;
        }
    }

    private static List<string> Words(string line)
    {
        var words = new List<string>();
        int start = 0;
        while (start < line.Length)
        {
            int length = line.AsSpan(start).IndexOfAny(Separators);
            if (length < 0)
                length = line.Length - start;
            if (length >= MinWordLength)
                words.Add(line.Substring(start, length));
            start += length + 1;
        }

        return words;
    }
}
