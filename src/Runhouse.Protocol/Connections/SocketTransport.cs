using System.IO.Pipelines;
using System.Net;

namespace Runhouse.Protocol.Connections;

/// <summary>A socket as a pair of pipes, with a loop of its own: callers are console programs without ASP.NET.</summary>
public sealed class SocketTransport : IDuplexPipe, IAsyncDisposable
{
    /// <inheritdoc/>
    public PipeReader Input => throw new NotImplementedException();

    /// <inheritdoc/>
    public PipeWriter Output => throw new NotImplementedException();

    /// <summary>Connects to an address or to a Unix socket.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<SocketTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
