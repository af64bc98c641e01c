using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Providers.Gcp;

/// <summary>Labels and names as Google Cloud allows them: lower-case letters, digits and '-', in labels '_' too; no more than 63.</summary>
internal static class Labels
{
    private const int Longest = 63;

    /// <summary>A text as the value of a label. One that is not allowed as it is becomes one that is, and differs from those of other texts.</summary>
    /// <param name="text">The text.</param>
    public static string ValueOf(string text)
        => text.Length <= Longest && text.All(static c => IsPlain(c) || c == '_') ? text : $"{Plain(text, Longest - 9)}-{HashOf(text)}";

    /// <summary>The beginning of a name that tells people what it is of.</summary>
    /// <param name="text">What it is of.</param>
    /// <param name="length">The most that it may have.</param>
    public static string Plain(string text, int length)
    {
        string plain = new([.. text.ToLowerInvariant().Select(static c => IsPlain(c) ? c : '-').Take(length)]);
        return plain.Trim('-');
    }

    /// <summary>Eight letters and digits that differ where texts do.</summary>
    /// <param name="text">The text.</param>
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];

    private static bool IsPlain(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
}
