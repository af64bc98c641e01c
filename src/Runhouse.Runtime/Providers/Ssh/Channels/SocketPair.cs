using System.Net;
using System.Net.Sockets;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Two sockets of this process that are connected with each other, and never with anybody else's.</summary>
internal static class SocketPair
{
    private const int Backlog = 16;

    /// <summary>Makes a pair.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<(Socket Near, Socket Far)> ConnectAsync(CancellationToken cancellationToken)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(Backlog);
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await near.ConnectAsync(listener.LocalEndPoint!, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                Socket far = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (near.LocalEndPoint!.Equals(far.RemoteEndPoint))
                    return (near, far);

                // Whoever found the port while it was open.
                far.Dispose();
            }
        }
        catch
        {
            near.Dispose();
            throw;
        }
    }
}
