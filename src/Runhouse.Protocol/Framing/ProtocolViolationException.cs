using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Framing;

/// <summary>The far side broke the rules: the connection says why and ends.</summary>
/// <param name="message">What it did.</param>
/// <param name="code">What it is told.</param>
internal sealed class ProtocolViolationException(string message, GoAwayCode code = GoAwayCode.ProtocolError)
    : IOException("The far side broke the protocol: " + message + ". Both sides must run compatible versions of Runhouse.")
{
    public GoAwayCode Code { get; } = code;
}
