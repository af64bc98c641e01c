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

    /// <summary>The clock of deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
