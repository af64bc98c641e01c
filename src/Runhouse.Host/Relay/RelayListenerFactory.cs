using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Runhouse.Host.Relay;

/// <summary>Listens on the host's port where connections come without TLS: only those can be handed over to a worker.</summary>
/// <param name="options">How sockets are read and written.</param>
/// <param name="loggers">For Kestrel's connections.</param>
internal sealed class RelayListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory loggers) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        SocketTransportOptions sockets = options.Value;
        Socket socket = sockets.CreateBoundListenSocket(endpoint);
        socket.Listen(sockets.Backlog);
        var connections = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                UnsafePreferInlineScheduling = sockets.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = sockets.WaitForDataBeforeAllocatingBuffer,
            },
            loggers.CreateLogger<SocketConnectionContextFactory>());
        return new(new RelayListener(socket, connections));
    }
}
