using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// What the reports of one argument may be ahead of their receiver. Reporting is synchronous, so that a reporter who is too far ahead
/// waits on its own thread.
/// </summary>
internal sealed class ReportWindow(ulong callId, byte index)
{
    private readonly object _lock = new();
    private long _items = StreamWindow.Reports;
    private long _bytes = StreamWindow.ReportBytes;
    private bool _isStopped;

    /// <summary>Waits for credit and takes it; false when the call has ended, so that nobody wants the report.</summary>
    public bool Take(int bytes)
    {
        lock (_lock)
        {
            while (!_isStopped && (_items <= 0 || _bytes <= 0))
                Monitor.Wait(_lock);
            if (_isStopped)
                return false;
            _items--;
            _bytes -= bytes;
            return true;
        }
    }

    /// <summary>The receiver has taken reports.</summary>
    public void OnCredit(int items, int bytes)
    {
        lock (_lock)
        {
            _items += items;
            _bytes += bytes;
            if (items < 0 || bytes < 0 || _items > StreamWindow.Reports || _bytes > StreamWindow.ReportBytes)
                throw new ProtocolViolationException($"argument {index} of call {callId} is granted more than its window");
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>The call has ended: lets everybody go who waits.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.PulseAll(_lock);
        }
    }
}
