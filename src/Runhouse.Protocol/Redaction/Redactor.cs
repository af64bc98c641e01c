using System.Buffers;
using System.Text;

namespace Runhouse.Protocol.Redaction;

/// <summary>Replaces secret texts wherever they stand: the leftmost first, of several that begin at one place the longest. Thread-safe.</summary>
public sealed class Redactor
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mark = "***";

    private readonly SearchValues<string> _any;
    private readonly ILookup<char, string> _byFirst;

    private Redactor(string[] texts)
    {
        Texts = texts;
        _any = SearchValues.Create(texts, StringComparison.Ordinal);
        _byFirst = texts.ToLookup(static text => text[0]);
        Bytes = [.. texts.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The texts, the longest first.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>The same in UTF-8.</summary>
    internal byte[][] Bytes { get; }

    /// <summary>Makes a redactor; null when nothing has to be hidden.</summary>
    /// <param name="texts">The texts, of one line each; those that are too short are left out.</param>
    public static Redactor? Create(IEnumerable<string> texts)
    {
        string[] kept =
        [
            .. texts.Where(static text => text.Length >= SecretTexts.MinLength && !text.Contains('\n', StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(static text => text.Length)
                .ThenBy(static text => text, StringComparer.Ordinal),
        ];
        return kept.Length > 0 ? new Redactor(kept) : null;
    }

    /// <summary>The text with its secrets replaced.</summary>
    /// <param name="text">A text that is complete: a line, a message.</param>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return HasSecret(text) ? RedactFound(text) : text;
    }

    /// <summary>Whether a text has a secret in it.</summary>
    /// <param name="text">The text.</param>
    public bool HasSecret(ReadOnlySpan<char> text) => text.ContainsAny(_any);

    /// <summary>How many characters at the end of a text may be the beginning of a secret that goes on behind it.</summary>
    /// <param name="text">The text.</param>
    public int BeginningAtEnd(ReadOnlySpan<char> text)
    {
        for (int at = Math.Max(0, text.Length - Texts[0].Length); at < text.Length; at++)
        {
            foreach (string candidate in _byFirst[text[at]])
            {
                if (candidate.Length > text.Length - at && candidate.AsSpan().StartsWith(text[at..], StringComparison.Ordinal))
                    return text.Length - at;
            }
        }

        return 0;
    }

    private string RedactFound(string text)
    {
        var result = new StringBuilder(text.Length);
        ReadOnlySpan<char> rest = text;
        int at;
        while ((at = rest.IndexOfAny(_any)) >= 0)
        {
            result.Append(rest[..at]).Append(Mark);
            rest = rest[at..];

            // The search finds the place, and of the texts there any.
            int longest = 0;
            foreach (string candidate in _byFirst[rest[0]])
            {
                if (candidate.Length > longest && rest.StartsWith(candidate, StringComparison.Ordinal))
                    longest = candidate.Length;
            }

            rest = rest[longest..];
        }

        return result.Append(rest).ToString();
    }
}
