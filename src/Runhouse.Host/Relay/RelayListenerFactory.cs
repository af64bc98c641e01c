using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Relay;

/// <summary>Listens on the host's port so that connections can be handed over to a worker.</summary>
/// <param name="settings">The host's settings.</param>
/// <param name="options">How sockets are read and written.</param>
/// <param name="loggers">For the listener and Kestrel's connections.</param>
internal sealed class RelayListenerFactory(HostSettings settings, IOptions<SocketTransportOptions> options, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private const int TcpLevel = 6;
    private const int DeferAccept = 9;

    /// <summary>Those that have not sent anything yet wait here as well.</summary>
    private const int Backlog = 4096;

    /// <summary>How long a connection that sends nothing waits in the kernel, which rounds it up. Then it is accepted all the same.</summary>
    private static readonly byte[] DeferSeconds = BitConverter.GetBytes(1);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        SocketTransportOptions sockets = options.Value;
        Socket? socket = null;
        try
        {
            socket = sockets.CreateBoundListenSocket(endpoint);
            Defer(socket);
            socket.Listen(Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(e.Message, e);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }

        var connections = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                UnsafePreferInlineScheduling = sockets.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = sockets.WaitForDataBeforeAllocatingBuffer,
            },
            loggers.CreateLogger<SocketConnectionContextFactory>());
        return new(new RelayListener(socket, settings.SpeaksTls, connections, loggers.CreateLogger<RelayListener>()));
    }

    /// <summary>Has connections come with their first bytes, which say whose they are (tcp(7)).</summary>
    private static void Defer(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(TcpLevel, DeferAccept, DeferSeconds);
        }
        catch (SocketException)
        {
            // A system without it: what comes before its first bytes is carried.
        }
    }
}
