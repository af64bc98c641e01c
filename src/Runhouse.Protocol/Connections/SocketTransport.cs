using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// A socket as a pair of pipes without a loop of its own: the frames' read loop receives and their writer sends, each on its own thread, so
/// that no hand-over lies between the wire and the frames. Both ends use it: neither callers nor workers need ASP.NET.
/// </summary>
public sealed class SocketTransport : IDuplexPipe, IAsyncDisposable
{
    private const int ReceiveBytes = 64 * 1024;
    private const int SendBytes = 128 * 1024;

    private static readonly TimeSpan SendTime = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    /// <summary>Takes a connected socket.</summary>
    /// <param name="socket">The socket; disposed with the transport.</param>
    public SocketTransport(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReceiveBytes, minimumReadSize: 4096, leaveOpen: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: SendBytes, leaveOpen: true));
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

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

        return new SocketTransport(socket);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // What has been written goes out first, a goodbye for instance, unless the far side does not read.
        Task sent = Output.CompleteAsync().AsTask();
        await Task.WhenAny(sent, Task.Delay(SendTime)).ConfigureAwait(false);
        try
        {
            if (sent.IsCompletedSuccessfully)
                _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The far side has gone already.
        }

        await _stream.DisposeAsync().ConfigureAwait(false);
        await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Input.CompleteAsync().ConfigureAwait(false);
    }
}
