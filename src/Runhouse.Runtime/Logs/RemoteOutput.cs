using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Logs;

/// <summary>
/// Where the lines go that remote code writes. A connection hands them over in order, off its read loop, and completes a call behind its lines;
/// so a line is written out at once and stands before whatever the caller prints after its call, and before the process ends.
/// </summary>
internal abstract class RemoteOutput
{
    /// <summary>Writes a line out. Several connections may write at the same time.</summary>
    /// <param name="record">The line.</param>
    public abstract void Write(LogRecord record);
}
