using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Runhouse.Benchmarks.Workloads;
using StreamJsonRpc;

namespace Runhouse.Benchmarks.Peers;

/// <summary>What StreamJsonRpc's proxy implements.</summary>
[JsonRpcContract]
[PolyType.GenerateShape(IncludeMethods = PolyType.MethodShapeFlags.PublicInstance)]
public partial interface IEchoRpc
{
    Task<int> AddAsync(int a, int b);

    Task<Order> OrderAsync(Order order);

    Task<float[]> ArrayAsync(float[] values);

    IAsyncEnumerable<int> CountAsync(int count);

    IAsyncEnumerable<Order> OrdersAsync(int count);

    IAsyncEnumerable<byte[]> BlocksAsync(int count);

    Task<long> AllocatedAsync();
}

/// <summary>StreamJsonRpc with MessagePack over TCP.</summary>
internal sealed class JsonRpcPeer : IPeer<Order>
{
    private readonly ServerProcess _server;
    private readonly JsonRpc _rpc;
    private readonly IEchoRpc _echo;

    private JsonRpcPeer(ServerProcess server, Socket socket)
    {
        _server = server;
        _rpc = Over(socket);
        _echo = _rpc.Attach<IEchoRpc>();
        _rpc.StartListening();
    }

    public IReadOnlyList<int> ServerProcesses => [_server.Id];

    public Order Sample { get; } = Order.Sample(42);

    public static int Serve()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                JsonRpc rpc = Over(await listener.AcceptAsync());
                rpc.SynchronizationContext = null;
                rpc.AddLocalRpcTarget<IEchoRpc>(new Target(), null);
                rpc.StartListening();
            }
        });
        return ServerProcess.Serve($"{((IPEndPoint)listener.LocalEndPoint!).Port}");
    }

    public static async Task<IWorkloads> ConnectAsync()
    {
        ServerProcess server = await ServerProcess.StartAsync("server", "streamjsonrpc");
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, int.Parse(server.Address, CultureInfo.InvariantCulture));
        return new PeerWorkloads<Order>(new JsonRpcPeer(server, socket));
    }

    public ValueTask<int> AddAsync(int a, int b) => new(_echo.AddAsync(a, b));

    public ValueTask<Order> OrderAsync(Order order) => new(_echo.OrderAsync(order));

    public ValueTask<float[]> ArrayAsync(float[] values) => new(_echo.ArrayAsync(values));

    public Task<long> ReadNumbersAsync(int count) => Echo.SumAsync(_echo.CountAsync(count));

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(_echo.OrdersAsync(count));

    public Task<long> ReadBlocksAsync(int count) => Echo.SumAsync(_echo.BlocksAsync(count));

    public ValueTask<long> AllocatedAsync() => new(_echo.AllocatedAsync());

    public ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        _server.Dispose();
        return default;
    }

    private static JsonRpc Over(Socket socket)
    {
        socket.NoDelay = true;
        return new JsonRpc(new LengthHeaderMessageHandler(new NetworkStream(socket, ownsSocket: true), new NetworkStream(socket), new MessagePackFormatter()));
    }

    private sealed class Target : IEchoRpc
    {
        public Task<int> AddAsync(int a, int b) => Task.FromResult(a + b);

        public Task<Order> OrderAsync(Order order) => Task.FromResult(order);

        public Task<float[]> ArrayAsync(float[] values) => Task.FromResult(values);

        public IAsyncEnumerable<int> CountAsync(int count) => Echo.CountAsync(count).WithJsonRpcSettings(new JsonRpcEnumerableSettings { MinBatchSize = 1000, MaxReadAhead = 4000 });

        public IAsyncEnumerable<Order> OrdersAsync(int count) => Echo.OrdersAsync(count).WithJsonRpcSettings(new JsonRpcEnumerableSettings { MinBatchSize = 100, MaxReadAhead = 400 });

        public IAsyncEnumerable<byte[]> BlocksAsync(int count) => Echo.BlocksAsync(count).WithJsonRpcSettings(new JsonRpcEnumerableSettings { MinBatchSize = 4, MaxReadAhead = 16 });

        public Task<long> AllocatedAsync() => Task.FromResult(Echo.Allocated);
    }
}
