using System.Globalization;

namespace Runhouse.Benchmarks;

/// <summary>Figures as the report writes them: three digits that say something.</summary>
internal static class FigureText
{
    /// <summary>A figure.</summary>
    public static string Of(double value) => Math.Abs(value) switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    /// <summary>The median of a row with its spread; nothing for no row.</summary>
    public static string Of(Row? row) => row is null ? "" : $"{Of(row.Median)} ({Of(row.Min)}-{Of(row.Max)})";
}
