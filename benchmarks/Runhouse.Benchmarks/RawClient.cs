using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace Runhouse.Benchmarks;

/// <summary>Calls the raw echo server: its process, and one connection to it.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Process _server;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _path;

    private RawClient(Process server, string path) => (_server, _path) = (server, path);

    /// <summary>Starts a server and connects to it.</summary>
    public static async Task<RawClient> StartAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), $"raw-{Environment.ProcessId}-{Stopwatch.GetTimestamp():x}.sock");
        Process server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["raw-server", path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await server.StandardOutput.ReadLineAsync();
        var client = new RawClient(server, path);
        await client._socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return client;
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _server.StandardInput.Close();
        _server.WaitForExit();
        _server.Dispose();
        File.Delete(_path);
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
