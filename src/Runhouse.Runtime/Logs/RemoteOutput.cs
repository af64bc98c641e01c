using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Logs;

/// <summary>
/// Where the lines go that remote code writes. A connection hands them over in order, off its read loop, and completes a call behind its lines;
/// so a line is written out at once and stands before whatever the caller prints after its call, and before the process ends.
/// </summary>
internal abstract class RemoteOutput
{
    private const int WarningLevel = 3;

    /// <summary>Writes a line out. Several connections may write at the same time.</summary>
    /// <param name="record">The line.</param>
    public abstract void Write(LogRecord record);

    /// <summary>Writes a warning of Runhouse's own.</summary>
    /// <param name="text">What is the matter, and what to do about it.</param>
    /// <param name="time">The clock.</param>
    public void Warn(string text, TimeProvider time) => Write(new LogRecord(0, time.GetUtcNow(), WarningLevel, "Runhouse", text, LogSource.StandardError));
}
