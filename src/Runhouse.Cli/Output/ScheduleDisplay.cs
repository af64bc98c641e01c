using System.Globalization;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Shows what hosts run by themselves.</summary>
internal static class ScheduleDisplay
{
    /// <summary>The schedules; their times are this machine's, as all others that are shown, whichever zone they follow.</summary>
    /// <param name="schedules">The schedules.</param>
    public static Table Table(IEnumerable<ScheduleStatus> schedules) => Tables.Create(
        ["  SCHEDULE", "ZONE", "FUNCTION", "APPLICATION", "NEXT", "LAST", "CALL", "SKIPPED"],
        schedules.Select(static one => new[]
        {
            $"  {one.Expression}{(one.KeepsUp ? " (keeps up)" : "")}", one.TimeZone, one.Member, one.Application, Text(one.NextAt) ?? "never",
            Text(one.LastAt) is { } last ? $"{last} {one.LastState?.ToString() ?? "(no longer kept)"}" : "", one.LastCall ?? "", one.Skipped.ToString(CultureInfo.InvariantCulture),
        }));

    private static string? Text(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
