using Runhouse.Benchmarks.Peers;
using Runhouse.Benchmarks.Workloads;

// A client starts its server, and both end with their standard input.
Peer[] peers =
[
    Peer.Of("orleans", OrleansPeer.ServeAsync, OrleansPeer.ConnectAsync),
    Peer.Of("streamjsonrpc", JsonRpcPeer.ServeAsync, JsonRpcPeer.ConnectAsync),
    Peer.Of("signalr", SignalR.ServeAsync, SignalR.ConnectAsync),
    Peer.Of("grpc", GrpcPeer.ServeAsync, GrpcPeer.ConnectAsync),
    Peer.Of("protobuf-net", ProtobufNetPeer.ServeAsync, ProtobufNetPeer.ConnectAsync),
    Peer.Of("http", HttpJson.ServeAsync, HttpJson.ConnectAsync),
];
return args switch
{
    ["server", var name] when Find(name) is { } peer => await peer.ServeAsync(isSecure: false),
    ["server", var name, "tls"] when Find(name) is { } peer => await peer.ServeAsync(isSecure: true),
    ["client", var name] when Find(name) is { } peer => await peer.CallAsync(isSecure: false),
    ["client", var name, "tls"] when Find(name) is { } peer => await peer.CallAsync(isSecure: true),
    ["start", var name, var address] when Find(name) is { } peer => await peer.StartAsync(ServerAddress.Parse(address)),
    _ => Usage(),
};

Peer? Find(string name) => peers.FirstOrDefault(peer => peer.Name == name);

int Usage()
{
    string names = string.Join('|', peers.Select(static peer => peer.Name));
    Console.Error.WriteLine($"usage: Runhouse.Benchmarks.Peers client|server {names} [tls]\n       Runhouse.Benchmarks.Peers start {names} ADDRESS");
    return 2;
}
