using Grpc.Net.Client;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>How the peers over HTTP reach their servers; each connection is its own.</summary>
internal static class WebClient
{
    /// <summary>The connections of one client.</summary>
    /// <param name="address">The server.</param>
    public static SocketsHttpHandler Handler(ServerAddress address)
    {
        var handler = new SocketsHttpHandler();
        if (address.IsTls)
            handler.SslOptions.RemoteCertificateValidationCallback = address.Accepts;
        return handler;
    }

    /// <summary>A channel for gRPC, without limits on messages.</summary>
    /// <param name="address">The server.</param>
    public static GrpcChannel Channel(ServerAddress address)
    {
        // As the channel's own default: a server takes a hundred calls at once on one connection.
        SocketsHttpHandler handler = Handler(address);
        handler.EnableMultipleHttp2Connections = true;
        return GrpcChannel.ForAddress(
            address.Location, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = null, MaxSendMessageSize = null });
    }
}
