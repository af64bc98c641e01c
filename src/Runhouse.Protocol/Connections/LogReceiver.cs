using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The caller's end of a session's log lines: hands them on in order, off the read loop, and pays for those that have been handled. The
/// code that writes them waits when nobody pays, so lines that nobody wants are paid for as they come.
/// </summary>
/// <param name="receiver">Who receives them; null when nobody does.</param>
/// <param name="writer">Where the credit goes out.</param>
internal sealed class LogReceiver(Action<LogRecord>? receiver, FrameWriter writer)
{
    private readonly Lock _lock = new();
    private long _outstanding;
    private long _handled;

    /// <summary>Where lines are handed on; results queue behind the lines of their calls.</summary>
    public SerialQueue Queue { get; } = new();

    /// <summary>A line begins to arrive in chunks: it takes its memory from now on.</summary>
    /// <param name="payload">The size of its payload.</param>
    public void OnBegin(long payload)
    {
        // A line overshoots the window by itself at most. Lines of different calls may arrive in another order than they were counted in,
        // so that nothing else can be said of a single one.
        if (payload > StreamWindow.ReportBytes)
            throw new ProtocolViolationException($"a log line of {payload} bytes", GoAwayCode.LimitExceeded);
        lock (_lock)
        {
            _outstanding += LogFrames.Cost(payload);
            if (_outstanding > 2L * StreamWindow.ReportBytes)
                throw new ProtocolViolationException("log lines are sent beyond their window", GoAwayCode.LimitExceeded);
        }
    }

    /// <summary>A line is there.</summary>
    /// <param name="callId">Its call.</param>
    /// <param name="payload">The line.</param>
    /// <param name="flow">The flow in which it is handed on; null for any.</param>
    public void OnLine(ulong callId, scoped in FramePayload payload, ExecutionContext? flow)
    {
        if (!payload.IsChunked)
            OnBegin(payload.Length);
        LogRecord record = LogFrames.Read(callId, payload.Bytes);
        if (receiver is null)
            OnHandled(payload.Length);
        else
            Queue.Enqueue(new LogLine(receiver, record, this, payload.Length, flow));
    }

    /// <summary>A line is over the limit of a body and dropped as it comes.</summary>
    /// <param name="payload">The size of its payload.</param>
    public void OnDropped(long payload)
    {
        OnBegin(payload);
        OnHandled(payload);
    }

    /// <summary>A line has been handled: half a window of them at a time is paid for.</summary>
    /// <param name="payload">The size of its payload.</param>
    public void OnHandled(long payload)
    {
        long paid;
        lock (_lock)
        {
            _handled += LogFrames.Cost(payload);
            if (_handled < StreamWindow.ReportBytes / 2)
                return;
            (paid, _handled) = (_handled, 0);
            _outstanding -= paid;
        }

        writer.Enqueue(OutgoingFrame.Credit(callId: 0, index: 0, items: 0, (int)paid));
    }
}
