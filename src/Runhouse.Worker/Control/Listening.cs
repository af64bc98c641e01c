using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Runhouse.Worker.Control;

/// <summary>Kestrel's socket transport, without its web host.</summary>
internal static class Listening
{
    /// <summary>Listens on <paramref name="endPoint"/>.</summary>
    public static async Task<IConnectionListener> BindAsync(EndPoint endPoint)
    {
        var factory = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        return await factory.BindAsync(endPoint).ConfigureAwait(false);
    }
}
