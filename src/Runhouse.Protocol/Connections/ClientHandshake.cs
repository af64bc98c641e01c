namespace Runhouse.Protocol.Connections;

/// <summary>What a client shows when it connects.</summary>
/// <param name="Ticket">The ticket that the host minted for this connection.</param>
public sealed record ClientHandshake(byte[] Ticket);
