using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// A socket as a pair of pipes without a loop of its own: the frames' read loop receives and their writer sends, so that no hand-over lies
/// between the wire and the frames. Both ends use it: neither callers nor workers need ASP.NET.
/// </summary>
public sealed class SocketTransport : IDuplexPipe, IAsyncDisposable
{
    private const int ReceiveBytes = 64 * 1024;

    private readonly Socket _socket;
    private int _isDisposed;

    /// <summary>Takes a connected socket.</summary>
    /// <param name="socket">The socket; disposed with the transport.</param>
    public SocketTransport(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
        HasThread = WaitingThreads.TryTake();
        if (HasThread)
        {
            Input = new BlockingSocketReader(socket);
            Output = new BlockingSocketWriter(socket);
        }
        else
        {
            socket.Blocking = true;
            Input = PipeReader.Create(new NetworkStream(socket), new StreamPipeReaderOptions(bufferSize: ReceiveBytes, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true));
            Output = new SocketWriter(socket);
        }
    }

    /// <summary>Whether reads keep their thread until something has come; it must then be the reader's own.</summary>
    public bool HasThread { get; }

    /// <summary>Whether large pieces can come and go by memory that both sides share, which takes the far side's consent.</summary>
    internal bool CanShare => HasThread && _socket.AddressFamily == AddressFamily.Unix && SharedRegion.IsUsable;

    /// <summary>From now on the far side may share.</summary>
    internal void ExpectShared() => ((BlockingSocketReader)Input).ExpectShared();

    /// <summary>The far side expects what is shared.</summary>
    internal void Share() => ((BlockingSocketWriter)Output).Share();

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
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (HasThread)
            WaitingThreads.Return();
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The far side has gone already.
        }

        _socket.Dispose();
        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
    }
}
