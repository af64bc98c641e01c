namespace Runhouse.Worker.Logs;

/// <summary>A call in flight, as the logs see it.</summary>
internal interface ICallLog
{
    /// <summary>Sends a line to the caller, if it wants logs and the call has not ended.</summary>
    /// <param name="source">Where it was written.</param>
    /// <param name="level">The level of a logger's line, numbered as <c>LogLevel</c> numbers it.</param>
    /// <param name="category">The logger's category; empty for the console.</param>
    /// <param name="line">The text.</param>
    void Write(CallLogSource source, int level, string category, ReadOnlySpan<char> line);

    /// <summary>The line that the call has begun and not ended on the console's output or error.</summary>
    /// <param name="source">Which of the two.</param>
    LineBuffer Lines(CallLogSource source);
}
