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

    /// <summary>How long the certificate may take behind it: less than the host waits for the answer.</summary>
    private static readonly TimeSpan CertificatePatience = TimeSpan.FromSeconds(5);

    /// <summary>Takes the connection, and says so, which the host waits for: without that the connection stays the host's. Null when none came, or there is no room for it.</summary>
    /// <param name="host">Leads to the host.</param>
    /// <param name="certificates">Those of the connections before.</param>
    /// <param name="strangers">Those under TLS who are on their way in; this one is one of them from then on.</param>
    public static async Task<HandedOverConnection?> TakeAsync(Socket host, HandedOverCertificates certificates, Strangers strangers)
    {
        using (var patience = new CancellationTokenSource(Patience))
        {
            try
            {
                await host.ReceiveAsync(Memory<byte>.Empty, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        if (SocketHandover.Take(host, out bool isSecure) is not { } connection)
            return null;
        try
        {
            // Before it says that it has the connection: what cannot be encrypted here is the host's to carry, as is a caller behind too many who have not shown a ticket yet.
            SslStreamCertificateContext? certificate = null;
            if (isSecure)
            {
                using var patience = new CancellationTokenSource(CertificatePatience);
                certificate = certificates.Of(await SocketHandover.ReceiveCertificateAsync(host, patience.Token).ConfigureAwait(false));
                if (!await strangers.EnterAsync().ConfigureAwait(false))
                {
                    connection.Dispose();
                    return null;
                }
            }

            await SayTakenAsync(host).ConfigureAwait(false);
            return new HandedOverConnection(connection, certificate);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static async Task SayTakenAsync(Socket host)
    {
        try
        {
            await host.SendAsync(Taken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // The host has ended, or has waited long enough: either way it has let go of the connection.
        }
    }
}
