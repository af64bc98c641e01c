using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>SignalR with MessagePack over a web socket.</summary>
/// <param name="hub">The connection.</param>
internal sealed class SignalR(HubConnection hub) : IPeer<Order>
{
    public Order Sample { get; } = Order.Sample(42);

    public static Task<int> ServeAsync(X509Certificate2? certificate) => WebServer.RunAsync(
        certificate,
        HttpProtocols.Http1,
        static services => services.AddSignalR(static options =>
        {
            options.MaximumReceiveMessageSize = null;
            options.MaximumParallelInvocationsPerClient = 1024;
        }).AddMessagePackProtocol(),
        static app => app.MapHub<EchoHub>("/echo"));

    public static async Task<IPeer<Order>> ConnectAsync(ServerAddress address)
    {
        HubConnection hub = new HubConnectionBuilder()
            .WithUrl(address.Location + "/echo", options =>
            {
                options.SkipNegotiation = true;
                options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
                if (address.IsTls)
                    options.WebSocketConfiguration = sockets => sockets.RemoteCertificateValidationCallback = address.Accepts;
                options.TransportMaxBufferSize = 256 << 20;
                options.ApplicationMaxBufferSize = 256 << 20;
            })
            .AddMessagePackProtocol()
            .Build();
        await hub.StartAsync();
        return new SignalR(hub);
    }

    public ValueTask<int> AddAsync(int a, int b) => new(hub.InvokeAsync<int>("Add", a, b));

    public ValueTask<Order> OrderAsync(Order order) => new(hub.InvokeAsync<Order>("Order", order));

    public ValueTask<float[]> ArrayAsync(float[] values) => new(hub.InvokeAsync<float[]>("Array", values));

    public Task<long> ReadNumbersAsync(int count) => Echo.SumAsync(hub.StreamAsync<int>("Count", count));

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(hub.StreamAsync<Order>("Orders", count));

    public Task<long> ReadBlocksAsync(int count) => Echo.SumAsync(hub.StreamAsync<byte[]>("Blocks", count));

    public ValueTask<long> AllocatedAsync(bool release) => new(hub.InvokeAsync<long>("Allocated", release));

    public ValueTask DisposeAsync() => hub.DisposeAsync();
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

    public long Allocated(bool release) => Memory.Allocated(release);
}
