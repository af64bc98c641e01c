namespace Runhouse.Protocol.Connections;

/// <summary>A client's hello.</summary>
/// <param name="Ticket">The ticket.</param>
internal sealed record ClientHello(ReadOnlyMemory<byte> Ticket)
{
    /// <summary>The highest version of the protocol that the client speaks on this connection.</summary>
    public ushort Highest { get; init; } = Hello.Version;

    /// <summary>The session to resume; zero for a new one.</summary>
    public UInt128 SessionId { get; init; }

    /// <summary>What proves the session to be this client's; empty for a new one.</summary>
    public ReadOnlyMemory<byte> SessionSecret { get; init; }

    /// <summary>How many bytes behind the hello the client has received in this session.</summary>
    public long Received { get; init; }

    /// <summary>For how long the client tries to resume the session when its connection is lost; zero when it does not.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>At least how often the client sends something; zero when it does not promise to.</summary>
    public TimeSpan KeepAlive { get; init; }
}
