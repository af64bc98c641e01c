using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Connections;

/// <summary>The first frame of either direction.</summary>
internal static class Hello
{
    /// <summary>The version of the protocol that this code speaks everywhere.</summary>
    public const ushort Version = 1;

    /// <summary>The version in which large pieces may come by memory that both sides share: spoken where they can.</summary>
    public const ushort SharingVersion = 2;

    public const int ClientSize = KeepAliveOffset + sizeof(uint);
    public const int MaxServerSize = 4096;
    public const int SecretSize = 32;

    private const int SessionSize = 16;
    private const int TicketOffset = 8;
    private const int SessionOffset = TicketOffset + Ticket.Size;
    private const int SecretOffset = SessionOffset + SessionSize;
    private const int ReceivedOffset = SecretOffset + SecretSize;
    private const int GraceOffset = ReceivedOffset + sizeof(ulong);
    private const int KeepAliveOffset = GraceOffset + sizeof(uint);
    private const int ServerFixedSize = sizeof(ushort) + SessionSize + SecretSize + sizeof(ulong);

    private static ReadOnlySpan<byte> Magic => "RHN1"u8;

    /// <summary>Keeps a session's secret apart from everything else that the key signs.</summary>
    private static ReadOnlySpan<byte> SessionLabel => "runhouse session"u8;

    /// <summary>The highest version that is spoken on a connection.</summary>
    /// <param name="pipes">The connection.</param>
    public static ushort HighestOn(IDuplexPipe pipes) => pipes is SocketTransport { CanShare: true } ? SharingVersion : Version;

    public static OutgoingFrame WriteClient(ClientHello hello)
    {
        if (hello.Ticket.Length != Ticket.Size)
            throw new ArgumentException($"A ticket has {Ticket.Size} bytes, this one {hello.Ticket.Length}. Ask the host for one.", nameof(hello));
        OutgoingFrame frame = OutgoingFrame.Rent(MaxServerSize);
        Span<byte> payload = frame.Body.GetSpan(ClientSize);
        Magic.CopyTo(payload);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[6..], hello.Highest);
        hello.Ticket.Span.CopyTo(payload[TicketOffset..]);
        BinaryPrimitives.WriteUInt128LittleEndian(payload[SessionOffset..], hello.SessionId);
        Span<byte> secret = payload.Slice(SecretOffset, SecretSize);
        secret.Clear();
        hello.SessionSecret.Span.CopyTo(secret);
        BinaryPrimitives.WriteInt64LittleEndian(payload[ReceivedOffset..], hello.Received);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[GraceOffset..], Milliseconds(hello.Grace));
        BinaryPrimitives.WriteUInt32LittleEndian(payload[KeepAliveOffset..], Milliseconds(hello.KeepAlive));
        frame.Body.Advance(ClientSize);
        return frame.As(FrameKind.Hello, 0);
    }

    /// <summary>Whether these are a client's hello at all.</summary>
    public static bool IsClient(in FrameHeader header, ReadOnlySpan<byte> payload)
        => header is { Kind: FrameKind.Hello, Flags: FrameFlags.None, CallId: 0 } && payload.Length == ClientSize && payload.StartsWith(Magic);

    public static ReadOnlySpan<byte> TicketOf(ReadOnlySpan<byte> payload) => payload.Slice(TicketOffset, Ticket.Size);

    public static bool IsVersionSupported(ReadOnlySpan<byte> payload, ushort highest)
        => BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]) <= highest && BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]) >= Version;

    /// <summary>What a client says, behind its ticket and its versions.</summary>
    public static ClientHello ReadClient(ReadOnlySpan<byte> payload) => new(TicketOf(payload).ToArray())
    {
        Highest = BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]),
        SessionId = BinaryPrimitives.ReadUInt128LittleEndian(payload[SessionOffset..]),
        SessionSecret = payload.Slice(SecretOffset, SecretSize).ToArray(),
        Received = BinaryPrimitives.ReadInt64LittleEndian(payload[ReceivedOffset..]),
        Grace = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(payload[GraceOffset..])),
        KeepAlive = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(payload[KeepAliveOffset..])),
    };

    /// <summary>Whether a client proves its session to be its own.</summary>
    public static bool IsProven(ClientHello hello, ReadOnlySpan<byte> ticketKey)
        => CryptographicOperations.FixedTimeEquals(SecretOf(hello.SessionId, ticketKey), hello.SessionSecret.Span);

    /// <summary>What proves that a session is its bearer's: derived, so that the worker need not remember it.</summary>
    public static byte[] SecretOf(UInt128 session, ReadOnlySpan<byte> ticketKey)
    {
        Span<byte> message = stackalloc byte[SessionLabel.Length + SessionSize];
        SessionLabel.CopyTo(message);
        BinaryPrimitives.WriteUInt128LittleEndian(message[SessionLabel.Length..], session);
        return HMACSHA256.HashData(ticketKey, message);
    }

    public static OutgoingFrame WriteServer(WorkerHello hello)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(MaxServerSize);
        Span<byte> payload = frame.Body.GetSpan(ServerFixedSize + 4 + Encoding.UTF8.GetByteCount(hello.WorkerId) + Encoding.UTF8.GetByteCount(hello.Host));
        BinaryPrimitives.WriteUInt16LittleEndian(payload, hello.Version);
        BinaryPrimitives.WriteUInt128LittleEndian(payload[2..], hello.SessionId);
        hello.SessionSecret.Span.CopyTo(payload[18..]);
        BinaryPrimitives.WriteInt64LittleEndian(payload[(18 + SecretSize)..], hello.Received);
        int offset = ServerFixedSize;
        offset += WriteText(hello.WorkerId, payload[offset..]);
        offset += WriteText(hello.Host, payload[offset..]);
        frame.Body.Advance(offset);
        return frame.As(FrameKind.Hello, 0);
    }

    public static WorkerHello ReadServer(ReadOnlySpan<byte> payload, ushort highest)
    {
        if (payload.Length < ServerFixedSize)
            throw new ProtocolViolationException("the worker's hello is too short");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(payload);
        if (version < Version || version > highest)
            throw new ProtocolViolationException($"the worker answers in version {version} of the protocol, and was offered {new ProtocolRange(Version, highest)}");
        UInt128 session = BinaryPrimitives.ReadUInt128LittleEndian(payload[2..]);
        byte[] secret = payload.Slice(18, SecretSize).ToArray();
        long received = BinaryPrimitives.ReadInt64LittleEndian(payload[(18 + SecretSize)..]);
        payload = payload[ServerFixedSize..];
        string worker = ReadText(ref payload);
        return new WorkerHello(session, secret, received, worker, ReadText(ref payload)) { Version = version };
    }

    private static uint Milliseconds(TimeSpan time) => (uint)Math.Clamp(time.TotalMilliseconds, 0, uint.MaxValue);

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
