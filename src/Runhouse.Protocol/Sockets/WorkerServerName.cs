using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// How a caller that comes to a host's port under TLS says which worker it wants: by the server name of its first message, which is not encrypted, so that the host can hand
/// the connection over before anybody has answered. Source: RFC 8446, section 4.1.2, and RFC 6066, section 3.
/// </summary>
public static class WorkerServerName
{
    /// <summary>As much of a connection's beginning as is looked at; what a caller's TLS says comes to less.</summary>
    public const int MaxBytes = 4096;

    private const string Suffix = ".worker.runhouse.internal";
    private const byte HandshakeRecord = 22;
    private const byte ClientHello = 1;
    private const int VersionAndRandomBytes = 34;
    private const int ServerNameExtension = 0;
    private const byte HostName = 0;

    /// <summary>What is spoken behind the handshake where a worker has made it: frames, without an upgrade. A host that carries the connection itself speaks HTTP/1.1.</summary>
    public static SslApplicationProtocol Frames { get; } = new("runhouse/1");

    /// <summary>The name of a worker.</summary>
    /// <param name="workerId">Its id.</param>
    public static string Of(string workerId) => workerId + Suffix;

    /// <summary>The worker that a connection wants; null when it wants none, or has not said so within what has come.</summary>
    /// <param name="beginning">The connection's first bytes.</param>
    public static string? WorkerOf(ReadOnlySpan<byte> beginning)
    {
        var record = new Fields(beginning);
        if (!record.TryTake(1, out ReadOnlySpan<byte> kind) || kind[0] != HandshakeRecord || !record.TryTake(2, out _) || !record.TryTakeCount(2, out _)
            || !record.TryTake(1, out kind) || kind[0] != ClientHello || !record.TryTakeCount(3, out _)
            || !record.TryTake(VersionAndRandomBytes, out _) || !record.TryTakeField(1, out _) || !record.TryTakeField(2, out _) || !record.TryTakeField(1, out _)
            || !record.TryTakeCount(2, out _))
        {
            return null;
        }

        while (record.TryTakeCount(2, out int extension) && record.TryTakeField(2, out ReadOnlySpan<byte> content))
        {
            if (extension == ServerNameExtension)
                return WorkerOfExtension(new Fields(content));
        }

        return null;
    }

    private static string? WorkerOfExtension(Fields extension)
    {
        if (!extension.TryTakeCount(2, out _) || !extension.TryTake(1, out ReadOnlySpan<byte> kind) || kind[0] != HostName || !extension.TryTakeField(2, out ReadOnlySpan<byte> name))
            return null;
        string text = Encoding.ASCII.GetString(name);
        return text.Length > Suffix.Length && text.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? text[..^Suffix.Length] : null;
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
