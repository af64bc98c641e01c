namespace Runhouse.Protocol.Connections;

/// <summary>A worker's answer to a client's hello.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="SessionSecret">What proves the session to be the client's.</param>
/// <param name="Received">How many bytes behind the hello the worker has received in this session.</param>
/// <param name="WorkerId">The worker's id.</param>
/// <param name="Host">The host's name.</param>
internal sealed record WorkerHello(UInt128 SessionId, ReadOnlyMemory<byte> SessionSecret, long Received, string WorkerId, string Host)
{
    /// <summary>The version of the protocol that is spoken on this connection.</summary>
    public ushort Version { get; init; } = Hello.Version;
}
