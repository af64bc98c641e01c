namespace Runhouse.Worker.Logs;

/// <summary>Where remote code wrote a line.</summary>
internal enum CallLogSource
{
    /// <summary>Standard output.</summary>
    Output,

    /// <summary>Standard error.</summary>
    Error,

    /// <summary>A logger.</summary>
    Logger,
}
