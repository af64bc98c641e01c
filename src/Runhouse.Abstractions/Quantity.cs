using System.Globalization;

namespace Runhouse;

/// <summary>An amount asked for: exactly <c>8</c>, or at least <c>8+</c>.</summary>
/// <param name="Value">The amount, in the unit of the resource (cores, GiB).</param>
/// <param name="OrMore">Whether more is welcome.</param>
public readonly record struct Quantity(double Value, bool OrMore)
{
    /// <summary>Reads <c>8</c> or <c>8+</c>.</summary>
    /// <param name="resource">The resource's name, for the error message.</param>
    /// <param name="text">The text to read.</param>
    /// <exception cref="FormatException">The text is not a positive number with an optional plus sign.</exception>
    public static Quantity Parse(string resource, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ResourceGrammar.TryQuantity(text, out double value, out bool orMore)
            ? new Quantity(value, orMore)
            : throw new FormatException(ResourceGrammar.NoQuantity(resource, text));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value}{(OrMore ? "+" : "")}");
}
