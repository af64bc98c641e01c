using Runhouse.Protocol.Connections;

namespace Runhouse.Worker.Logs;

/// <summary>A call, as the logs see it.</summary>
internal interface ICallLog
{
    /// <summary>Sends a line to the caller, if it wants logs and the call has not ended.</summary>
    /// <param name="source">Where it was written.</param>
    /// <param name="level">The level, numbered as <c>LogLevel</c> numbers it.</param>
    /// <param name="category">The logger's category; empty for the console.</param>
    /// <param name="line">The text.</param>
    void Write(LogSource source, int level, string category, ReadOnlySpan<char> line);

    /// <summary>The lines that the call writes on the console's output or error; null when the call has ended.</summary>
    /// <param name="source">Which of the two.</param>
    LineBuffer? Lines(LogSource source);
}
