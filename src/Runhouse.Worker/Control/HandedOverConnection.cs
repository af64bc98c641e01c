using System.Net.Sockets;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Worker.Control;

/// <summary>A caller's connection that has come to the host's port, and that the host gives to this worker.</summary>
internal static class HandedOverConnection
{
    /// <summary>Whoever comes brings a connection at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly byte[] Taken = [1];

    /// <summary>Takes the connection, and says so, which the host waits for: without that the connection stays the host's. Null when none came.</summary>
    /// <param name="host">Leads to the host.</param>
    public static async Task<Socket?> TakeAsync(Socket host)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await host.ReceiveAsync(Memory<byte>.Empty, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        if (SocketHandover.Take(host) is not { } connection)
            return null;
        try
        {
            await host.SendAsync(Taken, patience.Token).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
