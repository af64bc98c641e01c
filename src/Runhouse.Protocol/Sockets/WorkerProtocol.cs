using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// How a caller that comes to a host's port under TLS says which worker it wants: by a protocol that it offers in its first message (ALPN), which is not encrypted, so that the
/// host can hand the connection over before anybody has answered. Source: RFC 8446, section 4.1.2, and RFC 7301, section 3.1.
/// </summary>
public static class WorkerProtocol
{
    /// <summary>As much of a connection's beginning as is looked at; what a caller's TLS says comes to less.</summary>
    public const int MaxBytes = 4096;

    private const byte HandshakeRecord = 22;
    private const byte ClientHello = 1;
    private const int VersionAndRandomBytes = 34;
    private const int ProtocolsExtension = 16;

    private static ReadOnlySpan<byte> Prefix => "runhouse/1/"u8;

    /// <summary>Frames with a worker, without an upgrade. A host that carries the connection itself speaks HTTP/1.1.</summary>
    /// <param name="workerId">The worker's id.</param>
    public static SslApplicationProtocol Of(string workerId) => new([.. Prefix, .. Encoding.ASCII.GetBytes(workerId)]);

    /// <summary>The worker that a connection wants; null when it wants none, or has not said so within what has come.</summary>
    /// <param name="beginning">The connection's first bytes.</param>
    public static string? WorkerOf(ReadOnlySpan<byte> beginning)
    {
        var hello = new Fields(beginning);
        if (!hello.TryTake(1, out ReadOnlySpan<byte> kind) || kind[0] != HandshakeRecord || !hello.TryTake(2, out _) || !hello.TryTakeCount(2, out _)
            || !hello.TryTake(1, out kind) || kind[0] != ClientHello || !hello.TryTakeCount(3, out _)
            || !hello.TryTake(VersionAndRandomBytes, out _) || !hello.TryTakeField(1, out _) || !hello.TryTakeField(2, out _) || !hello.TryTakeField(1, out _)
            || !hello.TryTakeCount(2, out _))
        {
            return null;
        }

        while (hello.TryTakeCount(2, out int extension) && hello.TryTakeField(2, out ReadOnlySpan<byte> content))
        {
            if (extension == ProtocolsExtension)
                return WorkerOfProtocols(new Fields(content));
        }

        return null;
    }

    private static string? WorkerOfProtocols(Fields protocols)
    {
        if (!protocols.TryTakeCount(2, out _))
            return null;
        while (protocols.TryTakeField(1, out ReadOnlySpan<byte> protocol))
        {
            if (protocol.Length > Prefix.Length && protocol.StartsWith(Prefix))
                return Encoding.ASCII.GetString(protocol[Prefix.Length..]);
        }

        return null;
    }

    /// <summary>Takes fields from the beginning of bytes, as far as they have come.</summary>
    private ref struct Fields(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool TryTake(int count, out ReadOnlySpan<byte> taken)
        {
            taken = default;
            if (count > _rest.Length)
                return false;
            taken = _rest[..count];
            _rest = _rest[count..];
            return true;
        }

        /// <summary>Takes a number of so many bytes, of three at most.</summary>
        public bool TryTakeCount(int bytes, out int count)
        {
            count = 0;
            if (!TryTake(bytes, out ReadOnlySpan<byte> taken))
                return false;
            Span<byte> whole = stackalloc byte[sizeof(int)];
            whole.Clear();
            taken.CopyTo(whole[^bytes..]);
            count = BinaryPrimitives.ReadInt32BigEndian(whole);
            return true;
        }

        /// <summary>Takes a field whose length stands in front of it.</summary>
        public bool TryTakeField(int lengthBytes, out ReadOnlySpan<byte> content)
        {
            content = default;
            return TryTakeCount(lengthBytes, out int length) && TryTake(length, out content);
        }
    }
}
