namespace Runhouse.Protocol.Connections;

/// <summary>How the calls of a target are made.</summary>
/// <param name="Timeout">The time a call may take; null for no limit.</param>
/// <param name="StreamLogs">Whether what remote code writes comes back while it runs.</param>
public sealed record CallSettings(TimeSpan? Timeout, bool StreamLogs)
{
    /// <summary>How many times a call without an outcome is made again; null for as often as its member says.</summary>
    public int? Retries { get; init; }

    /// <summary>The clock of pauses between attempts, and of what is left of the time after the search for a worker.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>No time limit, logs on.</summary>
    public static CallSettings Default { get; } = new(null, true);
}
