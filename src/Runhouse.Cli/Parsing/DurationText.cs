using System.Buffers;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Runhouse.Cli.Parsing;

/// <summary>A duration on the command line: <c>45s</c>, <c>30m</c>, <c>2h</c>, <c>7d</c>.</summary>
internal static class DurationText
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration; <paramref name="endless"/> (<c>never</c>, <c>off</c>) gives <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    /// <param name="result">The argument.</param>
    /// <param name="endless">The word for no duration.</param>
    public static TimeSpan Parse(ArgumentResult result, string endless)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (text == endless)
            return Timeout.InfiniteTimeSpan;
        int digits = text.AsSpan().IndexOfAnyExcept(NumberCharacters);
        double seconds = digits < 1 ? 0 : text[digits..] switch
        {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => 0,
        };
        if (seconds > 0 && double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number > 0 && number * seconds <= TimeSpan.FromDays(366).TotalSeconds)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        result.AddError($"'{text}' is no duration. Write a number with a unit, such as 45s, 30m, 2h or 7d (at most 366d), or '{endless}'.");
        return default;
    }
}
