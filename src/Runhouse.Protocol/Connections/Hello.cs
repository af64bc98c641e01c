using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>The first frame of either direction.</summary>
internal static class Hello
{
    /// <summary>The version of the protocol that this code speaks.</summary>
    public const ushort Version = 1;

    public const int ClientSize = TicketOffset + Ticket.Size + SessionSize + SecretSize;
    public const int MaxServerSize = 4096;
    public const int SecretSize = 32;

    private const int SessionSize = 16;
    private const int TicketOffset = 8;
    private const int SessionOffset = TicketOffset + Ticket.Size;

    private static ReadOnlySpan<byte> Magic => "RHN1"u8;

    /// <summary>Keeps a session's secret apart from everything else that the key signs.</summary>
    private static ReadOnlySpan<byte> SessionLabel => "runhouse session"u8;

    public static OutgoingFrame WriteClient(ClientHandshake handshake)
    {
        if (handshake.Ticket.Length != Ticket.Size)
            throw new ArgumentException($"A ticket has {Ticket.Size} bytes, this one {handshake.Ticket.Length}. Ask the host for one.", nameof(handshake));
        if (handshake.SessionSecret.Length is not (0 or SecretSize))
            throw new ArgumentException($"A session's secret has {SecretSize} bytes, this one {handshake.SessionSecret.Length}. Pass what the connection that began the session got.", nameof(handshake));
        OutgoingFrame frame = OutgoingFrame.Rent(MaxServerSize);
        Span<byte> payload = frame.Body.GetSpan(ClientSize);
        Magic.CopyTo(payload);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[6..], Version);
        handshake.Ticket.CopyTo(payload[TicketOffset..]);
        BinaryPrimitives.WriteUInt128LittleEndian(payload[SessionOffset..], handshake.SessionId);
        Span<byte> secret = payload.Slice(SessionOffset + SessionSize, SecretSize);
        secret.Clear();
        handshake.SessionSecret.Span.CopyTo(secret);
        frame.Body.Advance(ClientSize);
        return frame.As(FrameKind.Hello, 0);
    }

    /// <summary>Whether these are a client's hello at all.</summary>
    public static bool IsClient(in FrameHeader header, ReadOnlySpan<byte> payload)
        => header is { Kind: FrameKind.Hello, Flags: FrameFlags.None, CallId: 0 } && payload.Length == ClientSize && payload.StartsWith(Magic);

    public static ReadOnlySpan<byte> TicketOf(ReadOnlySpan<byte> payload) => payload.Slice(TicketOffset, Ticket.Size);

    public static bool IsVersionSupported(ReadOnlySpan<byte> payload)
        => BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]) <= Version && BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]) >= Version;

    /// <summary>
    /// The session that the client resumes and proves to have begun, or 0: then it gets a new one. Not refused: its worker may be another
    /// than the one that gave it the session.
    /// </summary>
    public static UInt128 SessionOf(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> ticketKey)
    {
        UInt128 session = BinaryPrimitives.ReadUInt128LittleEndian(payload[SessionOffset..]);
        return CryptographicOperations.FixedTimeEquals(SecretOf(session, ticketKey), payload.Slice(SessionOffset + SessionSize, SecretSize)) ? session : 0;
    }

    /// <summary>What proves that a session is its bearer's: derived, so that the worker need not remember it.</summary>
    public static byte[] SecretOf(UInt128 session, ReadOnlySpan<byte> ticketKey)
    {
        Span<byte> message = stackalloc byte[SessionLabel.Length + SessionSize];
        SessionLabel.CopyTo(message);
        BinaryPrimitives.WriteUInt128LittleEndian(message[SessionLabel.Length..], session);
        return HMACSHA256.HashData(ticketKey, message);
    }

    public static OutgoingFrame WriteServer(UInt128 sessionId, ReadOnlySpan<byte> secret, string workerId, string host)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(MaxServerSize);
        Span<byte> payload = frame.Body.GetSpan(2 + SessionSize + SecretSize + 4 + Encoding.UTF8.GetByteCount(workerId) + Encoding.UTF8.GetByteCount(host));
        BinaryPrimitives.WriteUInt16LittleEndian(payload, Version);
        BinaryPrimitives.WriteUInt128LittleEndian(payload[2..], sessionId);
        secret.CopyTo(payload[18..]);
        int offset = 18 + SecretSize;
        offset += WriteText(workerId, payload[offset..]);
        offset += WriteText(host, payload[offset..]);
        frame.Body.Advance(offset);
        return frame.As(FrameKind.Hello, 0);
    }

    public static (ushort Version, UInt128 SessionId, byte[] Secret, string WorkerId, string Host) ReadServer(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 18 + SecretSize)
            throw new ProtocolViolationException("the worker's hello is too short");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(payload);
        UInt128 session = BinaryPrimitives.ReadUInt128LittleEndian(payload[2..]);
        byte[] secret = payload.Slice(18, SecretSize).ToArray();
        payload = payload[(18 + SecretSize)..];
        string worker = ReadText(ref payload);
        if (version != Version)
            throw new ProtocolViolationException($"the worker answers in version {version} of the protocol, and was offered {Version}");
        return (version, session, secret, worker, ReadText(ref payload));
    }

    private static int WriteText(string text, Span<byte> output)
    {
        int length = Encoding.UTF8.GetBytes(text, output[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(output, (ushort)length);
        return length + 2;
    }

    private static string ReadText(ref ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 || payload.Length - 2 < BinaryPrimitives.ReadUInt16LittleEndian(payload))
            throw new ProtocolViolationException("the worker's hello is too short");
        int length = BinaryPrimitives.ReadUInt16LittleEndian(payload);
        string text = Encoding.UTF8.GetString(payload.Slice(2, length));
        payload = payload[(2 + length)..];
        return text;
    }
}
