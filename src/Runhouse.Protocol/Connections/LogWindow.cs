using System.Globalization;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// What the lines of a session may be ahead of their receiver. Writing a line is synchronous, so that code which is too far ahead waits on
/// its own thread, as it would for a full pipe; but not for long: lines that their receiver has no room for by then are dropped and counted, until it has
/// taken half of those before them, and then the count is a line.
/// </summary>
/// <param name="writer">Where the lines go out.</param>
/// <param name="maxBodyBytes">The limit of a frame's body.</param>
/// <param name="time">The clock.</param>
internal sealed class LogWindow(FrameWriter writer, long maxBodyBytes, TimeProvider time)
{
    /// <summary>How long code waits for room before lines are dropped.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int Warning = 3;
    private const string Category = "Runhouse.Logs";

    private readonly object _lock = new();
    private long _outstanding;
    private long _dropped;
    private ulong _droppedOf;
    private bool _isDropping;
    private bool _isStopped;

    /// <summary>Sends a line; waits first when the window is spent, until half of it is free again. Dropped when that takes too long, and when the session or the call has ended.</summary>
    /// <param name="record">The line.</param>
    /// <param name="call">The line's call, while it runs.</param>
    public void Send(in LogRecord record, ServerCall? call)
    {
        OutgoingFrame line = LogFrames.Write(record, maxBodyBytes);
        if (!Take(LogFrames.Cost(line.PayloadLength), record.CallId, call))
            line.Return();
        else
            writer.Enqueue(line);
    }

    /// <summary>The receiver has handled lines.</summary>
    public void OnCredit(byte index, int items, int bytes)
    {
        if (index != 0 || items != 0)
            throw new ProtocolViolationException($"credit for {items} items of stream {index} without a call");
        OutgoingFrame? count = null;
        lock (_lock)
        {
            if (bytes < 0 || bytes > _outstanding)
                throw new ProtocolViolationException($"credit for {bytes} bytes of log lines, of which {_outstanding} are outstanding");
            _outstanding -= bytes;
            if (_isDropping && !_isStopped && _outstanding <= StreamWindow.ReportBytes / 2)
            {
                count = Count();
                _outstanding += LogFrames.Cost(count.PayloadLength);
                (_isDropping, _dropped) = (false, 0);
            }

            Monitor.PulseAll(_lock);
        }

        if (count is not null)
            writer.Enqueue(count);
    }

    /// <summary>A call was given up: whoever waits with its line looks again.</summary>
    public void Wake()
    {
        lock (_lock)
            Monitor.PulseAll(_lock);
    }

    /// <summary>The session has ended: lets everybody go who waits.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    private bool Take(long bytes, ulong callId, ServerCall? call)
    {
        lock (_lock)
        {
            // Counted before it is sent, by whoever finds room: many threads together overshoot by one line, not by one each.
            if (_outstanding >= StreamWindow.ReportBytes && !_isDropping && !WaitForRoom(call))
                return false;
            if (_isStopped)
                return false;
            if (_isDropping)
            {
                _droppedOf = _dropped++ == 0 || _droppedOf == callId ? callId : 0;
                return false;
            }

            _outstanding += bytes;
            return true;
        }
    }

    // False when the line's call has been given up.
    private bool WaitForRoom(ServerCall? call)
    {
        long began = time.GetTimestamp();
        while (!_isStopped && !_isDropping && _outstanding > StreamWindow.ReportBytes / 2)
        {
            if (call is { IsAbandoned: true })
                return false;
            TimeSpan left = Patience - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                _isDropping = true;
            else
                Monitor.Wait(_lock, left);
        }

        return true;
    }

    private OutgoingFrame Count() => LogFrames.Write(
        new LogRecord(
            _droppedOf,
            time.GetUtcNow(),
            Warning,
            Category,
            string.Create(CultureInfo.InvariantCulture, $"{_dropped} lines are left out here: they came faster than this caller took them. The worker's log has them (runhouse logs)."),
            LogSource.StandardError),
        maxBodyBytes);
}
