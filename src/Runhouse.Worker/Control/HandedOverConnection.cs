using System.Net.Security;
using System.Net.Sockets;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Worker.Control;

/// <summary>A caller's connection that has come to the host's port, and that the host gives to this worker.</summary>
/// <param name="Socket">The connection.</param>
/// <param name="Certificate">What TLS is spoken with, which begins here; null without TLS.</param>
internal sealed record HandedOverConnection(Socket Socket, SslStreamCertificateContext? Certificate)
{
    /// <summary>Whoever comes brings a connection at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly byte[] Taken = [1];

    /// <summary>Takes the connection, and says so, which the host waits for: without that the connection stays the host's. Null when none came.</summary>
    /// <param name="host">Leads to the host.</param>
    /// <param name="certificates">Those of the connections before.</param>
    public static async Task<HandedOverConnection?> TakeAsync(Socket host, HandedOverCertificates certificates)
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

        if (SocketHandover.Take(host, out bool isSecure) is not { } connection)
            return null;
        try
        {
            // Before it says that it has the connection: what cannot be encrypted here is the host's to carry.
            SslStreamCertificateContext? certificate = isSecure
                ? certificates.Of(await SocketHandover.ReceiveCertificateAsync(host, patience.Token).ConfigureAwait(false))
                : null;
            await host.SendAsync(Taken, patience.Token).ConfigureAwait(false);
            return new HandedOverConnection(connection, certificate);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
