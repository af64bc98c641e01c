using System.Diagnostics;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// How an answer of a handshake is waited for without blocking a thread and without the engine of asynchronous sockets: eagerly at first,
/// since most come at once, then by looking every so often.
/// </summary>
internal readonly struct HandshakeWait()
{
    private static readonly long EagerTicks = Stopwatch.Frequency / 1_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    private readonly long _eagerUntil = Stopwatch.GetTimestamp() + EagerTicks;

    /// <summary>Waits before the next look.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Stopwatch.GetTimestamp() >= _eagerUntil)
            return new(Task.Delay(Interval, cancellationToken));
        Thread.Yield();
        return default;
    }
}
