namespace Runhouse.Protocol.Connections;

/// <summary>A line that remote code wrote.</summary>
/// <param name="CallId">The call it belongs to, as numbered on its connection; 0 for the worker's own lines.</param>
/// <param name="Time">When it was written.</param>
/// <param name="Level">The level, numbered as <c>Microsoft.Extensions.Logging.LogLevel</c> numbers it.</param>
/// <param name="Category">The logger's category; empty for the standard streams.</param>
/// <param name="Text">The line, without its line feed.</param>
/// <param name="Source">Where it was written.</param>
public readonly record struct LogRecord(
    ulong CallId, DateTimeOffset Time, int Level, string Category, string Text, LogSource Source = LogSource.Logger);
