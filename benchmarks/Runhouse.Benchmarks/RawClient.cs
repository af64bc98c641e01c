using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>Calls the raw echo server: its process, and one connection to it.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly ServerProcess _server;
    private readonly Socket _socket;

    private RawClient(ServerProcess server, Socket socket) => (_server, _socket) = (server, socket);

    /// <summary>The server's process id.</summary>
    public int ServerProcessId => _server.Id;

    /// <summary>Starts a server and connects to it.</summary>
    /// <param name="kind"><c>unix</c> or <c>tcp</c>.</param>
    public static async Task<RawClient> StartAsync(string kind = "unix")
    {
        ServerProcess server = await ServerProcess.StartAsync("raw-server", kind);
        EndPoint endPoint = kind == "unix"
            ? new UnixDomainSocketEndPoint(server.Address)
            : new IPEndPoint(IPAddress.Loopback, int.Parse(server.Address, CultureInfo.InvariantCulture));
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (kind == "tcp")
            socket.NoDelay = true;
        await socket.ConnectAsync(endPoint);
        return new RawClient(server, socket);
    }

    /// <summary>One call at a time; returns the latencies in microseconds.</summary>
    /// <param name="calls">How many.</param>
    /// <param name="bytes">The payload of each.</param>
    public async Task<double[]> SequentialAsync(int calls, int bytes)
    {
        byte[] frame = Frame(bytes);
        byte[] reply = new byte[frame.Length];
        var latencies = new double[calls];
        for (int i = 0; i < calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await SendAsync(frame);
            await ReceiveAsync(reply);
            latencies[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return latencies;
    }

    /// <summary>Many callers on the one connection: each round sends a frame per caller in one piece and waits for all replies.</summary>
    /// <param name="callers">How many callers.</param>
    /// <param name="rounds">How many calls each makes.</param>
    /// <param name="bytes">The payload of each.</param>
    /// <returns>Calls per second.</returns>
    public async Task<double> ConcurrentAsync(int callers, int rounds, int bytes)
    {
        byte[] frame = Frame(bytes);
        byte[] batch = [.. Enumerable.Repeat(frame, callers).SelectMany(static one => one)];
        byte[] reply = new byte[batch.Length];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            Task sending = SendAsync(batch);
            await ReceiveAsync(reply);
            await sending;
        }

        return callers * (double)rounds / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Sends an array there and back, as many times as asked.</summary>
    /// <param name="values">The array.</param>
    /// <param name="count">How often.</param>
    public async Task ArraysAsync(float[] values, int count)
    {
        byte[] frame = new byte[4 + sizeof(float) * values.Length];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
            MemoryMarshal.AsBytes<float>(values).CopyTo(frame.AsSpan(4));
            Task sending = SendAsync(frame);
            float[] echo = new float[values.Length];
            byte[] reply = new byte[frame.Length];
            await ReceiveAsync(reply);
            await sending;
            MemoryMarshal.Cast<byte, float>(reply.AsSpan(4)).CopyTo(echo);
        }
    }

    /// <summary>Reads a stream; the sum of its items' numbers.</summary>
    /// <param name="items">How many items it has.</param>
    /// <param name="itemBytes">How long each is.</param>
    public async Task<long> StreamAsync(int items, int itemBytes)
    {
        byte[] request = new byte[RawServer.StreamRequest];
        BinaryPrimitives.WriteInt32LittleEndian(request, RawServer.StreamMark);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(4), items);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(8), itemBytes);
        await SendAsync(request);
        byte[] piece = new byte[128 * 1024];
        long sum = 0;
        for (int left = items; left > 0;)
        {
            int count = Math.Min(left, piece.Length / itemBytes);
            await ReceiveAsync(piece.AsMemory(0, count * itemBytes));
            sum += Sum(piece, count, itemBytes);
            left -= count;
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _server.Dispose();
    }

    private static long Sum(ReadOnlySpan<byte> piece, int count, int itemBytes)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += BinaryPrimitives.ReadInt32LittleEndian(piece[(i * itemBytes)..]);
        return sum;
    }

    private static byte[] Frame(int bytes)
    {
        byte[] frame = new byte[4 + bytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, bytes);
        return frame;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    private async Task ReceiveAsync(Memory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = await _socket.ReceiveAsync(bytes);
            if (read == 0)
                throw new IOException("The raw echo server closed the connection.");
            bytes = bytes[read..];
        }
    }
}
