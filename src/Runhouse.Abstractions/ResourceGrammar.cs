#pragma warning disable CA1846, CA1865 // .NET Standard 2.0 has neither spans to parse from nor searches for one character.
using System.Globalization;

namespace Runhouse;

/// <summary>
/// The grammar of <c>[Remote(Gpu = ..., Cpus = ..., Memory = ..., Disk = ..., Region = ..., Spot = ..., MaxPrice = ...)]</c>. This file is also compiled into the analyzers, so that what builds is what
/// parses; it therefore uses nothing newer than .NET Standard 2.0.
/// </summary>
internal static class ResourceGrammar
{
    /// <summary>What separates alternatives.</summary>
    public const char Alternative = '|';

    // In the order of the values of SpotUse.
    private static readonly string[] SpotWords = ["never", "allowed", "only"];

    /// <summary>Reads <c>8</c> or <c>8+</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The amount, positive.</param>
    /// <param name="orMore">Whether more is welcome.</param>
    public static bool TryQuantity(string text, out double value, out bool orMore)
    {
        text = text.Trim();
        orMore = text.EndsWith("+", StringComparison.Ordinal);
        if (orMore)
            text = text.Substring(0, text.Length - 1);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value > 0 && !double.IsInfinity(value);
    }

    /// <summary>Reads <c>A100</c> or <c>A100:2</c>.</summary>
    /// <param name="text">The text, one alternative.</param>
    /// <param name="name">The name, not blank.</param>
    /// <param name="count">The count, at least 1.</param>
    public static bool TryAccelerator(string text, out string name, out int count)
    {
        text = text.Trim();
        int colon = text.IndexOf(':');
        name = (colon < 0 ? text : text.Substring(0, colon)).Trim();
        count = 1;
        return name.Length > 0
            && (colon < 0 || (int.TryParse(text.Substring(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0));
    }

    /// <summary>Reads <c>never</c>, <c>allowed</c> or <c>only</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="use">The place of the word among the three.</param>
    public static bool TrySpot(string text, out int use)
    {
        use = Array.FindIndex(SpotWords, word => string.Equals(word, text.Trim(), StringComparison.OrdinalIgnoreCase));
        return use >= 0;
    }

    /// <summary>Reads a price, <c>2.50</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="price">US dollars an hour, positive.</param>
    public static bool TryPrice(string text, out decimal price)
        => decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out price) && price > 0;

    /// <summary>Reads names, alternatives of each other.</summary>
    /// <param name="text">The text.</param>
    /// <param name="names">The names, none of them blank.</param>
    public static bool TryNames(string text, out string[] names)
    {
        names = Array.ConvertAll(text.Split(Alternative), static name => name.Trim());
        return Array.TrueForAll(names, static name => name.Length > 0);
    }

    /// <summary>Why a text is no use of spot machines, and what to write.</summary>
    /// <param name="text">The text.</param>
    public static string NoSpot(string text)
        => $"Spot = \"{text}\" is none of its values. Write \"never\", \"allowed\" (on-demand machines where there is no spot machine) or \"only\".";

    /// <summary>Why a text is no price, and what to write.</summary>
    /// <param name="text">The text.</param>
    public static string NoPrice(string text) => $"MaxPrice = \"{text}\" is no price. Write US dollars an hour, a positive number: \"2.50\".";

    /// <summary>Why a text names nothing, and what to write.</summary>
    /// <param name="resource">The resource's name.</param>
    /// <param name="text">The text.</param>
    public static string NoNames(string resource, string text) => $"{resource} = \"{text}\" names nothing. Write a name; separate alternatives by |.";

    /// <summary>Why a text is no amount, and what to write.</summary>
    /// <param name="resource">The resource's name.</param>
    /// <param name="text">The text.</param>
    public static string NoQuantity(string resource, string text)
        => $"{resource} = \"{text}\" is not an amount. Write a positive number, with a plus sign for 'at least': \"8\" or \"8+\".";

    /// <summary>Why a text is no accelerator, and what to write.</summary>
    /// <param name="text">The text, one alternative.</param>
    public static string NoAccelerator(string text)
        => $"Gpu = \"{text}\" is not an accelerator. Write a name and an optional count: \"A100\" or \"A100:2\"; separate alternatives by |.";
}
