using System.Buffers.Binary;
using System.Net.Sockets;

namespace Runhouse.Benchmarks;

/// <summary>
/// The limit: a socket that sends back what it receives, frames with a length in front, whole reads at a time. No serialization, no
/// authentication, no isolation, no logs.
/// </summary>
internal static class RawServer
{
    /// <summary>Serves until the standard input ends.</summary>
    /// <param name="path">The Unix socket to listen on.</param>
    public static int Run(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Console.WriteLine("ready");
        _ = Task.Run(async () =>
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync();
                _ = Task.Run(() => ServeAsync(connection));
            }
        });
        while (Console.Read() >= 0)
        {
        }

        return 0;
    }

    private static async Task ServeAsync(Socket connection)
    {
        using Socket socket = connection;
        byte[] buffer = new byte[256 * 1024];
        int used = 0;
        while (true)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(used));
            if (read == 0)
                return;
            used += read;
            int whole = WholeFrames(buffer.AsSpan(0, used));

            // A frame larger than the buffer goes back as it comes: it is all the same to an echo.
            if (whole == 0 && used < buffer.Length)
                continue;
            whole = whole == 0 ? used : whole;
            await SendAllAsync(socket, buffer.AsMemory(0, whole));
            buffer.AsSpan(whole, used - whole).CopyTo(buffer);
            used -= whole;
        }
    }

    private static int WholeFrames(ReadOnlySpan<byte> bytes)
    {
        int whole = 0;
        while (bytes.Length - whole >= 4)
        {
            int length = 4 + BinaryPrimitives.ReadInt32LittleEndian(bytes[whole..]);
            if (length > bytes.Length - whole)
                break;
            whole += length;
        }

        return whole;
    }

    private static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes)..];
    }
}
