using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Runhouse.Worker.Hangs;

/// <summary>
/// A session with this process's own diagnostic server, over the socket on which the runtime answers diagnostic tools. It takes samples of all threads, and
/// at its end tells which methods there are. The bytes are those of the runtime's documented protocol
/// (docs/design/mono/diagnostics-tracing.md and diagnostics/documentation/design-docs/ipc-protocol.md in dotnet/runtime and dotnet/diagnostics).
/// </summary>
internal static class DiagnosticSession
{
    private const int HeaderBytes = 20;
    private const byte EventPipe = 2;
    private const byte StopTracing = 1;
    private const byte CollectTracing = 2;
    private const byte ServerOk = 0;
    private const int BufferMegabytes = 64;
    private const int NetTrace = 1;
    private const int Informational = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Samples the threads for a while; what the runtime wrote about them.</summary>
    /// <param name="duration">For how long.</param>
    /// <exception cref="IOException">The runtime does not answer, or not as it should.</exception>
    public static byte[] Sample(TimeSpan duration)
    {
        using Socket session = Connect();
        Send(session, CollectTracing, [.. Number(BufferMegabytes), .. Number(NetTrace), .. Number(1), .. Provider("Microsoft-DotNETCore-SampleProfiler")]);
        byte[] id = ReadReply(session);
        byte[] trace = [];
        var reading = new Thread(() => trace = ReadToEnd(session)) { IsBackground = true, Name = "Runhouse stacks" };
        reading.UnsafeStart();
        Thread.CurrentThread.Join(duration);
        using Socket stopping = Connect();
        Send(stopping, StopTracing, id);
        ReadReply(stopping);
        return reading.Join(Patience) ? trace : throw new IOException($"the runtime did not end its report within {Patience.TotalSeconds:0} s");
    }

    private static Socket Connect()
    {
        // Of several files of this process id, those of former processes lead nowhere.
        foreach (string path in Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket"))
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            {
                ReceiveTimeout = (int)Patience.TotalMilliseconds,
                SendTimeout = (int)Patience.TotalMilliseconds,
            };
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new IOException("the runtime has no diagnostic socket (DOTNET_EnableDiagnostics=0 turns it off)");
    }

    private static void Send(Socket socket, byte command, ReadOnlySpan<byte> payload)
    {
        byte[] message = [.. "DOTNET_IPC_V1\0"u8, 0, 0, EventPipe, command, 0, 0, .. payload];
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        socket.Send(message);
    }

    private static byte[] ReadReply(Socket socket)
    {
        byte[] header = ReadExactly(socket, HeaderBytes);
        byte[] payload = ReadExactly(socket, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - HeaderBytes);
        return header[17] == ServerOk ? payload : throw new IOException($"the runtime refused with 0x{(payload.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(payload)):x8}");
    }

    private static byte[] ReadExactly(Socket socket, int count)
    {
        byte[] bytes = new byte[Math.Max(count, 0)];
        for (int read = 0; read < bytes.Length;)
        {
            int now = socket.Receive(bytes.AsSpan(read));
            read += now > 0 ? now : throw new IOException("the runtime closed its diagnostic socket");
        }

        return bytes;
    }

    private static byte[] ReadToEnd(Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (socket.Receive(buffer) is > 0 and int count)
                all.Write(buffer, 0, count);
        }
        catch (SocketException)
        {
            // What has come may be enough; its reader says what is missing.
        }

        return all.ToArray();
    }

    private static byte[] Provider(string name) => [.. new byte[sizeof(ulong)], .. Number(Informational), .. Text(name), .. Number(0)];

    private static byte[] Text(string text) => [.. Number(text.Length + 1), .. Encoding.Unicode.GetBytes(text + "\0")];

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
