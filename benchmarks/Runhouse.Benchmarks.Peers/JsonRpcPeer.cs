using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
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

    Task<long> AllocatedAsync(bool release);
}

/// <summary>StreamJsonRpc with MessagePack over TCP.</summary>
internal sealed class JsonRpcPeer : IPeer<Order>
{
    private readonly JsonRpc _rpc;
    private readonly IEchoRpc _echo;

    private JsonRpcPeer(Stream stream)
    {
        _rpc = Over(stream);
        _echo = _rpc.Attach<IEchoRpc>();
        _rpc.StartListening();
    }

    public Order Sample { get; } = Order.Sample(42);

    public static Task<int> ServeAsync(X509Certificate2? certificate)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
                _ = ServeAsync(await listener.AcceptAsync(), certificate);
        });
        return Task.FromResult(ServerProcess.Serve(ServerAddress.Of($"{((IPEndPoint)listener.LocalEndPoint!).Port}", certificate)));
    }

    public static async Task<IPeer<Order>> ConnectAsync(ServerAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.EndPoint);
        return new JsonRpcPeer(await address.SecureAsync(new NetworkStream(socket, ownsSocket: true)));
    }

    public ValueTask<int> AddAsync(int a, int b) => new(_echo.AddAsync(a, b));

    public ValueTask<Order> OrderAsync(Order order) => new(_echo.OrderAsync(order));

    public ValueTask<float[]> ArrayAsync(float[] values) => new(_echo.ArrayAsync(values));

    public Task<long> ReadNumbersAsync(int count) => Echo.SumAsync(_echo.CountAsync(count));

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(_echo.OrdersAsync(count));

    public Task<long> ReadBlocksAsync(int count) => Echo.SumAsync(_echo.BlocksAsync(count));

    public ValueTask<long> AllocatedAsync(bool release) => new(_echo.AllocatedAsync(release));

    public ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        return default;
    }

    private static async Task ServeAsync(Socket socket, X509Certificate2? certificate)
    {
        socket.NoDelay = true;
        JsonRpc rpc = Over(await ServerCertificate.SecureAsync(new NetworkStream(socket, ownsSocket: true), certificate));
        rpc.SynchronizationContext = null;
        rpc.AddLocalRpcTarget<IEchoRpc>(new Target(), null);
        rpc.StartListening();
    }

    private static JsonRpc Over(Stream stream) => new(new LengthHeaderMessageHandler(stream, stream, new MessagePackFormatter()));

    private sealed class Target : IEchoRpc
    {
        public Task<int> AddAsync(int a, int b) => Task.FromResult(a + b);

        public Task<Order> OrderAsync(Order order) => Task.FromResult(order);

        public Task<float[]> ArrayAsync(float[] values) => Task.FromResult(values);

        public IAsyncEnumerable<int> CountAsync(int count) => Echo.CountAsync(count).WithJsonRpcSettings(new JsonRpcEnumerableSettings { MinBatchSize = 1000, MaxReadAhead = 4000 });

        public IAsyncEnumerable<Order> OrdersAsync(int count) => Echo.OrdersAsync(count).WithJsonRpcSettings(new JsonRpcEnumerableSettings { MinBatchSize = 100, MaxReadAhead = 400 });

        public IAsyncEnumerable<byte[]> BlocksAsync(int count) => Echo.BlocksAsync(count).WithJsonRpcSettings(new JsonRpcEnumerableSettings { MinBatchSize = 4, MaxReadAhead = 16 });

        public Task<long> AllocatedAsync(bool release) => Task.FromResult(Memory.Allocated(release));
    }
}
