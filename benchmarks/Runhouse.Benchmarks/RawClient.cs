using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>One connection to the raw echo server.</summary>
internal sealed class RawClient : IConnection, IDisposable
{
    private readonly Stream _stream;
    private byte[] _array = [];
    private byte[] _echo = [];
    private byte[]? _piece;
    private readonly byte[] _call = Frame(RawServer.CallBytes);

    private RawClient(Stream stream) => _stream = stream;

    /// <summary>Connects.</summary>
    /// <param name="address">The server: a port, or the path of a Unix socket.</param>
    public static async Task<RawClient> ConnectAsync(ServerAddress address)
    {
        bool isUnix = address.Location.Contains('/', StringComparison.Ordinal);
        EndPoint endPoint = isUnix ? new UnixDomainSocketEndPoint(address.Location) : address.EndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (!isUnix)
            socket.NoDelay = true;
        await socket.ConnectAsync(endPoint);
        return new RawClient(await address.SecureAsync(new NetworkStream(socket, ownsSocket: true)));
    }

    /// <inheritdoc/>
    public async ValueTask<int> AddAsync(int a, int b)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_call.AsSpan(4), a + b);
        await _stream.WriteAsync(_call);
        await _stream.ReadExactlyAsync(_call);
        return BinaryPrimitives.ReadInt32LittleEndian(_call.AsSpan(4));
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
            await _stream.WriteAsync(frame);
            await _stream.ReadExactlyAsync(reply);
            latencies[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return latencies;
    }

    /// <summary>Many callers on the one connection: each round sends a frame per caller in one piece and waits for all replies.</summary>
    /// <param name="callers">How many callers.</param>
    /// <param name="time">For how long they call.</param>
    /// <param name="bytes">The payload of each.</param>
    /// <returns>How many calls they have made together.</returns>
    public async Task<long> ConcurrentAsync(int callers, TimeSpan time, int bytes)
    {
        byte[] frame = Frame(bytes);
        byte[] batch = [.. Enumerable.Repeat(frame, callers).SelectMany(static one => one)];
        byte[] reply = new byte[batch.Length];
        long start = Stopwatch.GetTimestamp();
        long calls = 0;
        for (; Stopwatch.GetElapsedTime(start) < time; calls += callers)
        {
            ValueTask sending = _stream.WriteAsync(batch);
            await _stream.ReadExactlyAsync(reply);
            await sending;
        }

        return calls;
    }

    /// <summary>Sends an array there and back, as many times as asked, and into the same memory: what a new array costs is no limit of a wire.</summary>
    /// <param name="values">The array.</param>
    /// <param name="count">How often.</param>
    public async Task ArraysAsync(float[] values, int count)
    {
        int bytes = sizeof(float) * values.Length;
        if (_array.Length != 4 + bytes)
        {
            (_array, _echo) = (new byte[4 + bytes], new byte[4 + bytes]);
            BinaryPrimitives.WriteInt32LittleEndian(_array, bytes);
            MemoryMarshal.AsBytes<float>(values).CopyTo(_array.AsSpan(4));
        }

        for (int i = 0; i < count; i++)
        {
            ValueTask sending = _stream.WriteAsync(_array);
            await _stream.ReadExactlyAsync(_echo);
            await sending;
        }
    }

    /// <summary>Reads a stream; the sum of its items' numbers.</summary>
    /// <param name="items">How many items it has.</param>
    /// <param name="itemBytes">How long each is.</param>
    /// <param name="isPacked">Whether nothing stands between the items; otherwise each is a frame.</param>
    public async Task<long> StreamAsync(int items, int itemBytes, bool isPacked)
    {
        int lengthBytes = isPacked ? 0 : RawServer.LengthBytes;
        byte[] request = new byte[RawServer.StreamRequest];
        BinaryPrimitives.WriteInt32LittleEndian(request, RawServer.StreamMark);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(4), items);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(8), itemBytes);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(12), lengthBytes);
        await _stream.WriteAsync(request);
        byte[] piece = _piece ??= new byte[128 * 1024];
        long sum = 0;
        for (int left = items; left > 0;)
        {
            int count = Math.Min(left, piece.Length / (lengthBytes + itemBytes));
            Memory<byte> read = piece.AsMemory(0, count * (lengthBytes + itemBytes));
            await _stream.ReadExactlyAsync(read);
            sum += isPacked ? SumPacked(read.Span, itemBytes) : SumFrames(read.Span);
            left -= count;
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static long SumPacked(ReadOnlySpan<byte> items, int itemBytes)
    {
        long sum = 0;
        for (int i = 0; i < items.Length; i += itemBytes)
            sum += BinaryPrimitives.ReadInt32LittleEndian(items[i..]);
        return sum;
    }

    private static long SumFrames(ReadOnlySpan<byte> frames)
    {
        long sum = 0;
        while (!frames.IsEmpty)
        {
            sum += BinaryPrimitives.ReadInt32LittleEndian(frames[RawServer.LengthBytes..]);
            frames = frames[(RawServer.LengthBytes + BinaryPrimitives.ReadInt32LittleEndian(frames))..];
        }

        return sum;
    }

    private static byte[] Frame(int bytes)
    {
        byte[] frame = new byte[4 + bytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, bytes);
        return frame;
    }
}
