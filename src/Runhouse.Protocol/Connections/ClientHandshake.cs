namespace Runhouse.Protocol.Connections;

/// <summary>What a client shows when it connects.</summary>
/// <param name="Ticket">The ticket that the host minted for this connection.</param>
public sealed record ClientHandshake(byte[] Ticket)
{
    /// <summary>The session to resume; zero for a new one.</summary>
    public UInt128 SessionId { get; init; }

    /// <summary>What proves the session to be this client's: <see cref="ClientConnection.SessionSecret"/> of the connection that began it.</summary>
    public ReadOnlyMemory<byte> SessionSecret { get; init; }
}
