using System.Globalization;

namespace Runhouse.Cli.Output;

/// <summary>Prices and amounts as people read them.</summary>
internal static class Prices
{
    /// <summary>US dollars: cents, and more digits where cents say too little.</summary>
    /// <param name="dollars">The price; null when it is not known.</param>
    public static string Text(decimal? dollars) => dollars switch
    {
        null => "?",
        < 1 => string.Create(CultureInfo.InvariantCulture, $"${dollars:0.0000}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"${dollars:#,0.00}"),
    };

    /// <summary>An amount without needless digits.</summary>
    /// <param name="amount">The amount.</param>
    public static string Amount(double amount) => amount.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A day.</summary>
    /// <param name="day">The day.</param>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
