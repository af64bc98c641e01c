using System.IO.Pipelines;

namespace Runhouse.Protocol.Connections;

/// <summary>How a client's connection behaves.</summary>
public sealed record ClientConnectionOptions
{
    /// <summary>The options when none are set.</summary>
    public static ClientConnectionOptions Default { get; } = new();

    /// <summary>What is accepted and sent.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>How long the transfer of a reference's value may take; null for no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Receives what remote code writes, one line at a time, in order, off the read loop; a call completes behind its lines.</summary>
    public Action<LogRecord>? Log { get; init; }

    /// <summary>
    /// Says what the calls in flight fail with when the connection is lost; it gets what ended the connection, null when the far side
    /// just closed it. Asked once per connection.
    /// </summary>
    public Func<Exception?, ValueTask<Exception>>? ExplainLoss { get; init; }

    /// <summary>
    /// Opens another connection to the same worker, with a ticket for it, when the one that there was is lost; asked again after a while
    /// when it fails with an <see cref="IOException"/>, a <see cref="System.Net.Sockets.SocketException"/>, a
    /// <see cref="HostUnreachableException"/> or a timeout. Any other exception ends the session. Null when sessions end with their connection.
    /// </summary>
    public Func<CancellationToken, Task<(IDuplexPipe Transport, ClientHandshake Handshake)>>? Reconnect { get; init; }

    /// <summary>Whether the connection can break off without either end being told: then it is kept alive with pings.</summary>
    public bool CanBeHalfOpen { get; init; }

    /// <summary>The clock of deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
