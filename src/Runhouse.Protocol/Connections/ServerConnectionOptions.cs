using Runhouse.Protocol.Control;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Connections;

/// <summary>How a worker's connections behave.</summary>
public sealed record ServerConnectionOptions
{
    /// <summary>The key with which the host signs tickets for this worker.</summary>
    public required byte[] TicketKey { get; init; }

    /// <summary>The tickets used so far; shared by all connections of the worker.</summary>
    public required TicketLedger TicketLedger { get; init; }

    /// <summary>The worker's id, for the handshake and for errors.</summary>
    public required string WorkerId { get; init; }

    /// <summary>The host's name, for the handshake and for errors.</summary>
    public required string Host { get; init; }

    /// <summary>What is accepted and sent.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>What is in flight in the worker over all its connections; null when only each connection's own limits hold.</summary>
    public WorkerBudget? Budget { get; init; }

    /// <summary>The values that references lead to; null when there are none, and references are refused.</summary>
    public HeldValues? Values { get; init; }

    /// <summary>The worker's sessions, which outlive their connections; null when they do not.</summary>
    public SessionTable? Sessions { get; init; }

    /// <summary>Is told that a session goes on over another connection; null for nobody.</summary>
    public Action? Resumed { get; init; }

    /// <summary>How long a client may take from connecting to its hello.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of deadlines and tickets.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
