using System.Globalization;

namespace Runhouse.Runtime.Catalogue;

/// <summary>A price as price lists have it. What cannot be believed is no price: unknown is never cheapest.</summary>
internal static class PriceText
{
    // Below the cheapest machine there is (a shared core on spot costs about 0.001), and far above the dearest (a rack of 72 B200 costs about 800).
    private const decimal Least = 0.0005m;
    private const decimal Most = 5_000m;

    /// <summary>Reads a price.</summary>
    /// <param name="text">The text; blank for one that the list does not tell.</param>
    /// <param name="price">US dollars an hour; null when there is none to be believed.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static DropReason? Read(string text, out decimal? price)
    {
        price = null;
        if (text.Length == 0)
            return null;

        // No thousands separators: "1,006" is as likely a decimal comma.
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out decimal value))
            return DropReason.NotDollars;
        if (value is < Least or > Most)
            return DropReason.SentinelPrice;
        price = value;
        return null;
    }
}
