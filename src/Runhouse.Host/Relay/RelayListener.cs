using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Relay;

/// <summary>
/// Accepts connections. One whose first request is for the relay, or whose TLS offers to speak with a worker, is kept so that nothing waits for its socket, which the worker can then have;
/// all others are Kestrel's own.
/// </summary>
/// <param name="socket">Listens; what it accepts has sent something, or nothing for a while.</param>
/// <param name="isSecure">Whether they come with TLS.</param>
/// <param name="connections">Makes Kestrel's connections.</param>
/// <param name="log">The log.</param>
internal sealed partial class RelayListener(Socket socket, bool isSecure, SocketConnectionContextFactory connections, ILogger<RelayListener> log) : IConnectionListener
{
    private const int RequestLineBytes = 256;

    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(100);

    private bool _isFailing;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                _isFailing = false;
                if (Sort(accepted) is { } connection)
                    return connection;
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                // The host listens no more.
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // A caller that gave up before it was accepted.
            }
            catch (SocketException e)
            {
                // Callers wait in the backlog until others have gone and left room.
                if (!_isFailing)
                    LogFailing(e.Message);
                _isFailing = true;
                await Task.Delay(FullPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        connections.Dispose();
        return default;
    }

    /// <summary>Null for a connection that has ended already.</summary>
    private ConnectionContext? Sort(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            accepted.Blocking = false;
            Span<byte> first = stackalloc byte[isSecure ? WorkerProtocol.MaxBytes : RequestLineBytes];
            int count = accepted.Receive(first, SocketFlags.Peek, out SocketError error);
            first = error == SocketError.Success ? first[..count] : default;
            string? worker = isSecure ? WorkerProtocol.WorkerOf(first) : null;
            return worker is not null || (!isSecure && AsksForRelay(first)) ? new RelayConnection(accepted, worker) : connections.Create(accepted);
        }
        catch (SocketException)
        {
            accepted.Dispose();
            return null;
        }
        catch
        {
            accepted.Dispose();
            throw;
        }
    }

    private static bool AsksForRelay(ReadOnlySpan<byte> request)
    {
        int end = request.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> before = "GET /v1/workers/"u8;
        ReadOnlySpan<byte> behind = "/relay HTTP/1.1"u8;
        return end > before.Length + behind.Length && request.StartsWith(before) && request[..end].EndsWith(behind)
            && request[before.Length..(end - behind.Length)].IndexOfAny("/?%"u8) < 0;
    }

    [LoggerMessage(LogLevel.Warning, "Callers wait, since the host can accept no connection for now: {Cause}. Where it has too many files open, end connections or raise its limit (ulimit -n).")]
    private partial void LogFailing(string cause);
}
