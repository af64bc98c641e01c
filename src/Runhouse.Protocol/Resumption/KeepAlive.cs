using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Resumption;

/// <summary>
/// Gives up a connection from which nothing comes, though a client says something at least every interval: pings when it has nothing
/// else to say, which the worker answers.
/// </summary>
internal sealed class KeepAlive : IDisposable
{
    /// <summary>How many ticks make an interval, and how many silent ones a lost connection.</summary>
    private const int TicksPerInterval = 2;
    private const int SilentTicks = 2 * TicksPerInterval;

    private readonly ResumableTransport _transport;
    private readonly FrameWriter? _pings;
    private readonly ITimer _timer;
    private Carrier? _carrier;
    private long _reads;
    private long _written;
    private int _silent;

    /// <summary>Starts.</summary>
    /// <param name="transport">The session's transport.</param>
    /// <param name="interval">How long the far side may be silent before it is asked for a sign.</param>
    /// <param name="pings">Where pings go; null for the side that only listens.</param>
    /// <param name="time">The clock.</param>
    public KeepAlive(ResumableTransport transport, TimeSpan interval, FrameWriter? pings, TimeProvider time)
    {
        (_transport, _pings) = (transport, pings);
        TimeSpan tick = interval / TicksPerInterval;
        _timer = time.CreateTimer(static self => ((KeepAlive)self!).OnTick(), this, tick, tick);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void OnTick()
    {
        Carrier? carrier = _transport.Carrier;
        if (carrier is null)
            return;
        long written = _transport.Output.Written;
        bool hasSpoken = written != _written;
        bool hasHeard = carrier != _carrier || carrier.Reads != _reads;
        (_carrier, _reads, _written) = (carrier, carrier.Reads, written);
        _silent = hasHeard ? 0 : _silent + 1;
        if (_silent >= SilentTicks)
            _transport.OnFailed(carrier, new TimeoutException("Nothing has come over the connection for a while, not even the answer to a ping."));
        else if (_pings is not null && !(hasSpoken && hasHeard))
            _pings.Enqueue(OutgoingFrame.Short(FrameKind.Ping, 0, stackalloc byte[sizeof(ulong)]));
    }
}
