using System.Globalization;

namespace Runhouse.Protocol.Codec;

/// <summary><see cref="ArgumentOutOfRangeException.ActualValue"/> as text: numbers come back as numbers, all else as its text.</summary>
internal static class ActualValue
{
    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    public static string Format(object value) => value switch
    {
        int number => "i" + number.ToString(CultureInfo.InvariantCulture),
        long number => "l" + number.ToString(CultureInfo.InvariantCulture),
        double number => "d" + number.ToString("R", CultureInfo.InvariantCulture),
        _ => "s" + value,
    };

    /// <summary>Reads what <see cref="Format"/> wrote; null for anything else.</summary>
    /// <param name="text">The text.</param>
    public static object? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        ReadOnlySpan<char> rest = text.AsSpan(1);
        return text[0] switch
        {
            'i' when int.TryParse(rest, CultureInfo.InvariantCulture, out int number) => number,
            'l' when long.TryParse(rest, CultureInfo.InvariantCulture, out long number) => number,
            'd' when double.TryParse(rest, CultureInfo.InvariantCulture, out double number) => number,
            's' => text[1..],
            _ => null,
        };
    }
}
