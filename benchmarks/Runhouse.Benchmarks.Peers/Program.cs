using Runhouse.Benchmarks.Peers;
using Runhouse.Benchmarks.Workloads;

// A client starts its server, and both end with their standard input.
return args switch
{
    ["server", "http"] => await HttpJson.ServeAsync(),
    ["server", "signalr"] => await SignalR.ServeAsync(),
    ["server", "streamjsonrpc"] => JsonRpcPeer.Serve(),
    ["server", "orleans"] => await OrleansPeer.ServeAsync(),
    ["server", "grpc"] => await GrpcPeer.ServeAsync(),
    ["server", "protobuf-net"] => await ProtobufNetPeer.ServeAsync(),
    ["client", "http"] => await PeerClient.RunAsync(HttpJson.ConnectAsync),
    ["client", "signalr"] => await PeerClient.RunAsync(SignalR.ConnectAsync),
    ["client", "streamjsonrpc"] => await PeerClient.RunAsync(JsonRpcPeer.ConnectAsync),
    ["client", "orleans"] => await PeerClient.RunAsync(OrleansPeer.ConnectAsync),
    ["client", "grpc"] => await PeerClient.RunAsync(GrpcPeer.ConnectAsync),
    ["client", "protobuf-net"] => await PeerClient.RunAsync(ProtobufNetPeer.ConnectAsync),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Runhouse.Benchmarks.Peers client|server http|signalr|streamjsonrpc|orleans|grpc|protobuf-net");
    return 2;
}
