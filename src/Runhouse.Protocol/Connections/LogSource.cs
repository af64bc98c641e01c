namespace Runhouse.Protocol.Connections;

/// <summary>Where a log line was written.</summary>
public enum LogSource : byte
{
    /// <summary>An <c>ILogger</c>.</summary>
    Logger,

    /// <summary>The standard output.</summary>
    StandardOutput,

    /// <summary>The standard error.</summary>
    StandardError,
}
