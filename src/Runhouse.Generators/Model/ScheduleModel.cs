namespace Runhouse.Generators.Model;

/// <summary>When a host runs a remote function by itself.</summary>
/// <param name="Expression">The cron expression.</param>
/// <param name="TimeZone">The id of the time zone.</param>
/// <param name="KeepsUp">Whether it keeps its host up.</param>
internal sealed record ScheduleModel(string Expression, string TimeZone, bool KeepsUp);
