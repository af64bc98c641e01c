using System.Net.Sockets;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Worker.Control;

/// <summary>Listens for callers.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Closed when the worker drains; it may live as long as the process.")]
internal sealed class CallListener
{
    private const int Backlog = 512;
    private static readonly TimeSpan TakePatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly bool _isForHandedOver;
    private volatile bool _isClosed;

    /// <summary>Listens on <paramref name="endPoint"/>.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="isForHandedOver">Whether the host comes there, and each time brings a caller's connection that has come to its port.</param>
    public CallListener(UnixDomainSocketEndPoint endPoint, bool isForHandedOver = false)
    {
        _isForHandedOver = isForHandedOver;
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(endPoint);
        _socket.Listen(Backlog);
    }

    /// <summary>The next caller's connection; null once the listener is closed.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<SocketTransport?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                Socket socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (!_isForHandedOver)
                    return new SocketTransport(socket);
                using (socket)
                {
                    if (await TakeAsync(socket, cancellationToken).ConfigureAwait(false) is { } handedOver)
                        return new SocketTransport(handedOver);
                }
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

    private static async Task<Socket?> TakeAsync(Socket host, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TakePatience);
        try
        {
            await host.ReceiveAsync(Memory<byte>.Empty, patience.Token).ConfigureAwait(false);
            return SocketHandover.Take(host);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever came brings nothing; the next one waits.
            return null;
        }
    }

    /// <summary>Takes no more callers.</summary>
    public void Close()
    {
        _isClosed = true;
        _socket.Dispose();
    }
}
