using System.Net.Sockets;

namespace Runhouse.Worker.Control;

/// <summary>Listens for callers.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Closed when the worker drains; it may live as long as the process.")]
internal sealed class CallListener
{
    private const int Backlog = 512;
    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private volatile bool _isClosed;

    /// <summary>Listens on <paramref name="endPoint"/>.</summary>
    public CallListener(UnixDomainSocketEndPoint endPoint)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(endPoint);
        _socket.Listen(Backlog);
    }

    /// <summary>The next caller's connection; null once the listener is closed.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Socket?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (_isClosed && exception is SocketException or ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // A caller that gave up before it was accepted.
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                // Callers wait in the backlog until others have gone: no reason to end those.
                await Task.Delay(FullPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes no more callers.</summary>
    public void Close()
    {
        _isClosed = true;
        _socket.Dispose();
    }
}
