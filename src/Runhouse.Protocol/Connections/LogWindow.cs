using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// What the lines of a session may be ahead of their receiver. Writing a line is synchronous, so that code which is too far ahead waits on
/// its own thread, as it would for a full pipe.
/// </summary>
/// <param name="writer">Where the lines go out.</param>
internal sealed class LogWindow(FrameWriter writer)
{
    private readonly object _lock = new();
    private long _outstanding;
    private bool _isStopped;

    /// <summary>Sends a line; waits first when the window is spent, until half of it is free again. Dropped when the session or the call has ended.</summary>
    /// <param name="line">The line's frame.</param>
    /// <param name="call">The line's call, while it runs.</param>
    public void Send(OutgoingFrame line, ServerCall? call)
    {
        if (!Take(LogFrames.Cost(line.PayloadLength), call))
            line.Return();
        else
            writer.Enqueue(line);
    }

    /// <summary>The receiver has handled lines.</summary>
    public void OnCredit(byte index, int items, int bytes)
    {
        if (index != 0 || items != 0)
            throw new ProtocolViolationException($"credit for {items} items of stream {index} without a call");
        lock (_lock)
        {
            if (bytes < 0 || bytes > _outstanding)
                throw new ProtocolViolationException($"credit for {bytes} bytes of log lines, of which {_outstanding} are outstanding");
            _outstanding -= bytes;
            Monitor.PulseAll(_lock);
        }
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

    private bool Take(long bytes, ServerCall? call)
    {
        lock (_lock)
        {
            // Counted before it is sent, by whoever finds room: many threads together overshoot by one line, not by one each.
            if (_outstanding >= StreamWindow.ReportBytes)
            {
                while (!_isStopped && _outstanding > StreamWindow.ReportBytes / 2)
                {
                    if (call is { IsAbandoned: true })
                        return false;
                    Monitor.Wait(_lock);
                }
            }

            _outstanding += bytes;
            return !_isStopped;
        }
    }
}
