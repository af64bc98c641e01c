using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Relay;

/// <summary>
/// Accepts connections. One whose first request is for the relay is kept so that nothing waits for its socket, which the worker can then have;
/// all others are Kestrel's own.
/// </summary>
/// <param name="socket">Listens.</param>
/// <param name="connections">Makes Kestrel's connections.</param>
internal sealed class RelayListener(Socket socket, SocketConnectionContextFactory connections) : IConnectionListener
{
    private const int RequestLineBytes = 256;

    /// <summary>A caller on this machine has sent its request by then. Whoever has not is Kestrel's, which has its own patience.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(100);

    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(new() { SingleReader = true });
    private Task? _accepting;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        _accepting ??= AcceptAllAsync();
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out ConnectionContext? connection))
                return connection;
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (_accepting is not null)
            await _accepting.ConfigureAwait(false);
        while (_accepted.Reader.TryRead(out ConnectionContext? unserved))
            await unserved.DisposeAsync().ConfigureAwait(false);
        connections.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (true)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync().ConfigureAwait(false);
                _ = Task.Run(() => SortAsync(accepted));
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                // The host listens no more.
                _accepted.Writer.TryComplete();
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // A caller that gave up before it was accepted.
            }
            catch (SocketException)
            {
                // Callers wait in the backlog until others have gone and left room.
                await Task.Delay(FullPause).ConfigureAwait(false);
            }
        }
    }

    private async Task SortAsync(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            byte[] first = new byte[RequestLineBytes];
            int count = await SocketStream.PeekAsync(accepted, first, Patience).ConfigureAwait(false);
            ConnectionContext connection = AsksForRelay(first.AsSpan(0, count)) ? new RelayConnection(accepted) : connections.Create(accepted);
            if (!_accepted.Writer.TryWrite(connection))
                await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already.
            accepted.Dispose();
        }
    }

    private static bool AsksForRelay(ReadOnlySpan<byte> request)
    {
        int end = request.IndexOf("\r\n"u8);
        return end > 0 && request.StartsWith("GET /v1/workers/"u8) && request[..end].EndsWith("/relay HTTP/1.1"u8);
    }
}
