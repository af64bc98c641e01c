using System.Diagnostics;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// How an answer of a handshake is waited for without blocking a thread and without the engine of asynchronous sockets: eagerly at first,
/// since most come at once, then by looking every so often, less often the longer it takes.
/// </summary>
internal readonly struct HandshakeWait()
{
    private static readonly long EagerTicks = Stopwatch.Frequency / 1_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Waits before the next look.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Stopwatch.GetTimestamp() - _start < EagerTicks)
        {
            Thread.Yield();
            return default;
        }

        // It is noticed late by a millisecond, or by a tenth of what it took.
        TimeSpan pause = Stopwatch.GetElapsedTime(_start) / 10;
        return new(Task.Delay(pause < Shortest ? Shortest : pause > Longest ? Longest : pause, cancellationToken));
    }
}
