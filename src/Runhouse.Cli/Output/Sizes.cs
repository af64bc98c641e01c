using System.Globalization;

namespace Runhouse.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>A number of bytes with a unit, <c>1.5 GiB</c>.</summary>
    /// <param name="bytes">The number.</param>
    public static string Bytes(long bytes)
    {
        double number = bytes;
        int unit = 0;
        while (number >= 1024 && unit < Units.Length - 1)
        {
            number /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit > 0 && number < 10 ? Math.Round(number, 1) : Math.Round(number))} {Units[unit]}");
    }

    /// <summary>A time as its two largest units, <c>2h 5m</c>.</summary>
    /// <param name="time">The time; negative: never.</param>
    public static string Time(TimeSpan time) => time switch
    {
        { Ticks: < 0 } => "never",
        { TotalDays: >= 1 } => $"{(int)time.TotalDays}d {time.Hours}h",
        { TotalHours: >= 1 } => $"{time.Hours}h {time.Minutes}m",
        { TotalMinutes: >= 1 } => $"{time.Minutes}m {time.Seconds}s",
        { TotalSeconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#}s"),
        _ => $"{time.Milliseconds}ms",
    };
}
