namespace Runhouse.Protocol.Codec;

/// <summary>Decides how a string travels.</summary>
internal static class TextEncoding
{
    /// <summary>Whether every surrogate in the text has its partner, so that UTF-8 keeps the text as it is.</summary>
    /// <param name="text">The text.</param>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        // Vectorized: most strings hold no surrogate at all.
        int first = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
            return true;
        for (int i = first; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
