using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Relay;

/// <summary>
/// Hands a connection whose TLS asks for a worker over to it before the handshake, which the worker makes in the host's name: what comes and goes is encrypted once, and
/// passes the host no more. The ticket in the caller's first frame lets it in, as it does on the worker's own socket.
/// </summary>
/// <param name="workers">The workers.</param>
/// <param name="credentials">The host's certificate.</param>
/// <param name="lifetime">The host's.</param>
internal sealed class SecureHandover(WorkerPool workers, HostCredentials credentials, IHostApplicationLifetime lifetime)
{
    /// <summary>Stands before TLS.</summary>
    public async Task InvokeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection is not RelayConnection { Worker: { } id } relay || !await TryGiveAsync(relay, id).ConfigureAwait(false))
            await next(connection).ConfigureAwait(false);
    }

    /// <summary>False where the host makes the handshake, and then says in HTTP what is in the way, or carries the connection.</summary>
    private async Task<bool> TryGiveAsync(RelayConnection connection, string id)
    {
        if (workers.Find(id) is not { State: WorkerState.Serving or WorkerState.Draining } worker)
            return false;
        try
        {
            (Socket? socket, _) = await WorkerRelay.ConnectAsync(SocketHandover.PathOf(worker.SocketPath), lifetime.ApplicationStopping).ConfigureAwait(false);
            if (socket is null)
                return false;
            using (socket)
                return await connection.TryGiveAsync(socket, credentials.Certificate(), lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The host ends, and its connections with it.
            return true;
        }
    }
}
