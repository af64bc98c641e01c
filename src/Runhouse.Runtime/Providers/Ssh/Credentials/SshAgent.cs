using System.Buffers.Binary;
using System.IO.Pipes;
using System.Net.Sockets;

namespace Runhouse.Runtime.Providers.Ssh.Credentials;

/// <summary>
/// An agent that holds keys and signs with them (draft-miller-ssh-agent): <c>ssh-agent</c>, <c>gpg-agent</c>, a password manager. Blocks, for as long
/// as its owner takes to allow a signature: for threads that may wait.
/// </summary>
/// <param name="address">Its socket; on Windows, its pipe.</param>
internal sealed class SshAgent(string address)
{
    private const string PipeStart = @"\\.\pipe\";
    private const int MaxReply = 256 * 1024;
    private const int MaxKeys = 2048;

    private const byte RequestIdentities = 11;
    private const byte IdentitiesAnswer = 12;
    private const byte SignRequest = 13;
    private const byte SignResponse = 14;
    private const uint Sha256 = 2;

    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(5);

    private delegate T ReadAnswer<out T>(SshWireReader answer);

    /// <summary>The keys that it holds.</summary>
    /// <exception cref="IOException">It cannot be reached, or says what it should not.</exception>
    public IReadOnlyList<AgentKey> List() => Ask(new SshWireWriter().Byte(RequestIdentities), IdentitiesAnswer, ListTimeout, static answer =>
    {
        uint count = answer.ReadNumber();
        var keys = new List<AgentKey>();
        for (uint i = 0; i < Math.Min(count, MaxKeys); i++)
            keys.Add(new AgentKey(SshPublicKey.FromBlob(answer.ReadBytes()), answer.ReadText()));
        return keys;
    });

    /// <summary>Signs with a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="data">What to sign.</param>
    /// <returns>The signature as it travels.</returns>
    /// <exception cref="IOException">The agent refuses, or cannot be reached any more.</exception>
    public byte[] Sign(SshPublicKey key, byte[] data)
    {
        uint flags = SshAlgorithms.ForLogin(key.Type).StartsWith("rsa-sha2-256", StringComparison.Ordinal) ? Sha256 : 0;
        SshWireWriter request = new SshWireWriter().Byte(SignRequest).Bytes(key.Blob).Bytes(data).Number(flags);
        return Ask(request, SignResponse, Timeout.InfiniteTimeSpan, static answer => answer.ReadBytes().ToArray());
    }

    private T Ask<T>(SshWireWriter request, byte expected, TimeSpan timeout, ReadAnswer<T> read)
    {
        try
        {
            using Stream stream = Open(timeout);
            stream.Write(new SshWireWriter().Bytes(request.ToArray()).ToArray());
            stream.Flush();
            byte[] header = new byte[4];
            stream.ReadExactly(header);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (length is 0 or > MaxReply)
                throw new IOException($"it answers with {length} bytes");
            byte[] reply = new byte[length];
            stream.ReadExactly(reply);
            return reply[0] == expected ? read(new SshWireReader(reply.AsSpan(1))) : throw new IOException("it refuses");
        }
        catch (Exception e) when (e is SocketException or FormatException or TimeoutException or UnauthorizedAccessException)
        {
            throw new IOException(e.Message, e);
        }
    }

    private Stream Open(TimeSpan timeout)
    {
        if (OperatingSystem.IsWindows() && address.StartsWith(PipeStart, StringComparison.Ordinal))
        {
            var pipe = new NamedPipeClientStream(".", address[PipeStart.Length..], PipeDirection.InOut);
            pipe.Connect(ListTimeout);
            return pipe;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(address));
            socket.ReceiveTimeout = timeout == Timeout.InfiniteTimeSpan ? 0 : (int)timeout.TotalMilliseconds;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
