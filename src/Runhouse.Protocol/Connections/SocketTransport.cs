using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Runhouse.Protocol.Connections;

/// <summary>A socket as a pair of pipes, with a loop of its own: callers are console programs without ASP.NET.</summary>
public sealed class SocketTransport : IDuplexPipe, IAsyncDisposable
{
    private const int ReceiveBytes = 64 * 1024;

    private static readonly TimeSpan SendTime = TimeSpan.FromSeconds(2);

    // Inline on both ends: the frames' read loop and writer never run user code, so that every hand-over saved is a thread switch saved.
    private static readonly PipeOptions Options = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 1024 * 1024,
        resumeWriterThreshold: 512 * 1024,
        minimumSegmentSize: 16 * 1024,
        useSynchronizationContext: false);

    private readonly Pipe _received = new(Options);
    private readonly Pipe _toSend = new(Options);
    private readonly Socket _socket;
    private readonly Task _receiving;
    private readonly Task _sending;

    private SocketTransport(Socket socket)
    {
        _socket = socket;
        _receiving = Task.Run(ReceiveAsync);
        _sending = Task.Run(SendAsync);
    }

    /// <inheritdoc/>
    public PipeReader Input => _received.Reader;

    /// <inheritdoc/>
    public PipeWriter Output => _toSend.Writer;

    /// <summary>Connects to an address or to a Unix socket.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SocketTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Socket socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return new SocketTransport(socket);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _toSend.Writer.CompleteAsync().ConfigureAwait(false);
        await _received.Reader.CompleteAsync().ConfigureAwait(false);

        // What has been written goes out first, a goodbye for instance, unless the far side does not read.
        await Task.WhenAny(_sending, Task.Delay(SendTime)).ConfigureAwait(false);
        _socket.Dispose();
        await _sending.ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                int count = await _socket.ReceiveAsync(_received.Writer.GetMemory(ReceiveBytes)).ConfigureAwait(false);
                if (count == 0)
                    break;
                _received.Writer.Advance(count);
                FlushResult flushed = await _received.Writer.FlushAsync().ConfigureAwait(false);
                if (flushed.IsCompleted)
                    break;
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            error = new IOException("The connection failed: " + failure.Message, failure);
        }

        await _received.Writer.CompleteAsync(error).ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                ReadResult read = await _toSend.Reader.ReadAsync().ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = read.Buffer;
                foreach (ReadOnlyMemory<byte> segment in buffer)
                {
                    ReadOnlyMemory<byte> rest = segment;
                    while (!rest.IsEmpty)
                        rest = rest[await _socket.SendAsync(rest).ConfigureAwait(false)..];
                }

                _toSend.Reader.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                    break;
            }

            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            error = new IOException("The connection failed: " + failure.Message, failure);
        }

        await _toSend.Reader.CompleteAsync(error).ConfigureAwait(false);
    }
}
