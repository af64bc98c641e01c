using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>
/// The limit: a socket that sends back what it receives, frames with a length in front, whole reads at a time. No serialization, no
/// authentication, no isolation, no logs.
/// </summary>
internal static class RawServer
{
    /// <summary>What the small call takes, there and back.</summary>
    public const int CallBytes = 40;

    /// <summary>
    /// In place of a frame's length: how many items a stream has, how long each is, and how long what stands in front of each, follow; the server
    /// then sends them, each beginning with its number.
    /// </summary>
    public const int StreamMark = -1;

    /// <summary>How long the request for a stream is.</summary>
    public const int StreamRequest = 16;

    /// <summary>What stands in front of an item that is a frame: its length. Nothing stands in front of packed ones.</summary>
    public const int LengthBytes = sizeof(int);

    /// <summary>Serves until the standard input ends.</summary>
    /// <param name="kind"><c>unix</c>, <c>tcp</c>, or <c>tls</c> over TCP.</param>
    public static int Run(string kind)
    {
        bool isUnix = kind == "unix";
        string path = Path.Combine(Path.GetTempPath(), $"raw-{Environment.ProcessId}-{Stopwatch.GetTimestamp():x}.sock");
        EndPoint endPoint = isUnix ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, 0);
        using X509Certificate2? certificate = kind == "tls" ? ServerCertificate.Create() : null;
        using var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync();
                if (!isUnix)
                    connection.NoDelay = true;
                _ = Task.Run(() => ServeAsync(connection, certificate));
            }
        });
        int exitCode = ServerProcess.Serve(ServerAddress.Of(isUnix ? path : $"{((IPEndPoint)listener.LocalEndPoint!).Port}", certificate));
        File.Delete(path);
        return exitCode;
    }

    private static async Task ServeAsync(Socket connection, X509Certificate2? certificate)
    {
        await using Stream stream = await ServerCertificate.SecureAsync(new NetworkStream(connection, ownsSocket: true), certificate);
        byte[] buffer = new byte[256 * 1024];
        byte[]? piece = null;
        int used = 0;
        while (true)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(used));
            if (read == 0)
                return;
            used += read;
            if (used == StreamRequest && BinaryPrimitives.ReadInt32LittleEndian(buffer) == StreamMark)
            {
                await StreamAsync(
                    stream,
                    piece ??= new byte[128 * 1024],
                    BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(4)),
                    BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(8)),
                    BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(12)));
                used = 0;
                continue;
            }

            int whole = WholeFrames(buffer.AsSpan(0, used));

            // A frame larger than the buffer goes back as it comes: it is all the same to an echo.
            if (whole == 0 && used < buffer.Length)
                continue;
            whole = whole == 0 ? used : whole;
            await stream.WriteAsync(buffer.AsMemory(0, whole));
            buffer.AsSpan(whole, used - whole).CopyTo(buffer);
            used -= whole;
        }
    }

    private static async Task StreamAsync(Stream stream, byte[] piece, int items, int itemBytes, int lengthBytes)
    {
        int itemsInPiece = piece.Length / (lengthBytes + itemBytes);
        for (int first = 0; first < items; first += itemsInPiece)
        {
            int count = Math.Min(items - first, itemsInPiece);
            if (lengthBytes == 0)
                Pack(piece, first, count, itemBytes);
            else
                Frame(piece, first, count, itemBytes);
            await stream.WriteAsync(piece.AsMemory(0, count * (lengthBytes + itemBytes)));
        }
    }

    private static void Pack(Span<byte> piece, int first, int count, int itemBytes)
    {
        for (int i = 0; i < count; i++)
            BinaryPrimitives.WriteInt32LittleEndian(piece[(i * itemBytes)..], first + i);
    }

    private static void Frame(Span<byte> piece, int first, int count, int itemBytes)
    {
        for (int i = 0; i < count; i++)
        {
            Span<byte> frame = piece[(i * (LengthBytes + itemBytes))..];
            BinaryPrimitives.WriteInt32LittleEndian(frame, itemBytes);
            BinaryPrimitives.WriteInt32LittleEndian(frame[LengthBytes..], first + i);
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
}
