using System.Globalization;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Shows what hosts run by themselves.</summary>
internal static class ScheduleDisplay
{
    /// <summary>The schedules, with the next time in the zone of each.</summary>
    /// <param name="schedules">The schedules.</param>
    public static Table Table(IEnumerable<ScheduleStatus> schedules) => Tables.Create(
        ["  SCHEDULE", "ZONE", "FUNCTION", "APPLICATION", "NEXT", "LAST", "CALL", "SKIPPED"],
        schedules.Select(static one => new[]
        {
            $"  {one.Expression}{(one.KeepsUp ? " (keeps up)" : "")}", one.TimeZone, one.Member, one.Application, Text(one.NextAt) ?? "never",
            Text(one.LastAt) is { } last ? $"{last} {one.LastState?.ToString() ?? "(no longer kept)"}" : "", one.LastCall ?? "", one.Skipped.ToString(CultureInfo.InvariantCulture),
        }));

    private static string? Text(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
}
