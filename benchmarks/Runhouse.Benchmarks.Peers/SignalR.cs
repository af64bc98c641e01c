using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>SignalR with MessagePack over a web socket.</summary>
internal sealed class SignalR : IPeer<Order>
{
    private readonly ServerProcess _server;
    private readonly HubConnection _hub;

    private SignalR(ServerProcess server, HubConnection hub) => (_server, _hub) = (server, hub);

    public IReadOnlyList<int> ServerProcesses => [_server.Id];

    public Order Sample { get; } = Order.Sample(42);

    public static Task<int> ServeAsync() => WebServer.RunAsync(
        HttpProtocols.Http1,
        static services => services.AddSignalR(static options =>
        {
            options.MaximumReceiveMessageSize = null;
            options.MaximumParallelInvocationsPerClient = 1024;
        }).AddMessagePackProtocol(),
        static app => app.MapHub<EchoHub>("/echo"));

    public static async Task<IWorkloads> ConnectAsync()
    {
        ServerProcess server = await ServerProcess.StartAsync("server", "signalr");
        HubConnection hub = new HubConnectionBuilder()
            .WithUrl(server.Address + "/echo", static options =>
            {
                options.SkipNegotiation = true;
                options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
                options.TransportMaxBufferSize = 256 << 20;
                options.ApplicationMaxBufferSize = 256 << 20;
            })
            .AddMessagePackProtocol()
            .Build();
        await hub.StartAsync();
        return new PeerWorkloads<Order>(new SignalR(server, hub));
    }

    public ValueTask<int> AddAsync(int a, int b) => new(_hub.InvokeAsync<int>("Add", a, b));

    public ValueTask<Order> OrderAsync(Order order) => new(_hub.InvokeAsync<Order>("Order", order));

    public ValueTask<float[]> ArrayAsync(float[] values) => new(_hub.InvokeAsync<float[]>("Array", values));

    public Task<long> ReadNumbersAsync(int count) => Echo.SumAsync(_hub.StreamAsync<int>("Count", count));

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(_hub.StreamAsync<Order>("Orders", count));

    public Task<long> ReadBlocksAsync(int count) => Echo.SumAsync(_hub.StreamAsync<byte[]>("Blocks", count));

    public ValueTask<long> AllocatedAsync() => new(_hub.InvokeAsync<long>("Allocated"));

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _server.Dispose();
    }
}

/// <summary>The server's side.</summary>
public sealed class EchoHub : Hub
{
    public int Add(int a, int b) => a + b;

    public Order Order(Order order) => order;

    public float[] Array(float[] values) => values;

    public IAsyncEnumerable<int> Count(int count) => Echo.CountAsync(count);

    public IAsyncEnumerable<Order> Orders(int count) => Echo.OrdersAsync(count);

    public IAsyncEnumerable<byte[]> Blocks(int count) => Echo.BlocksAsync(count);

    public long Allocated() => Echo.Allocated;
}
