using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ProtoBuf;
using ProtoBuf.Grpc.Client;
using ProtoBuf.Grpc.Configuration;
using ProtoBuf.Grpc.Server;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>Two numbers: gRPC wants one message.</summary>
[ProtoContract]
public sealed class Pair
{
    [ProtoMember(1)] public int A { get; set; }

    [ProtoMember(2)] public int B { get; set; }
}

/// <summary>A message around what is none.</summary>
[ProtoContract]
public sealed class Holder
{
    [ProtoMember(1)] public long Number { get; set; }

    [ProtoMember(2, IsPacked = true)] public float[]? Floats { get; set; }

    [ProtoMember(3)] public byte[]? Bytes { get; set; }
}

/// <summary>What protobuf-net's proxy implements.</summary>
[Service]
public interface IEchoService
{
    [Operation] ValueTask<Holder> AddAsync(Pair pair);

    [Operation] ValueTask<Order> OrderAsync(Order order);

    [Operation] ValueTask<Holder> ArrayAsync(Holder holder);

    [Operation] IAsyncEnumerable<Holder> CountAsync(Holder count);

    [Operation] IAsyncEnumerable<Order> OrdersAsync(Holder count);

    [Operation] IAsyncEnumerable<Holder> BlocksAsync(Holder count);

    [Operation] ValueTask<Holder> AllocatedAsync(Holder release);
}

/// <summary>gRPC from code, with protobuf-net.</summary>
internal sealed class ProtobufNetPeer : IPeer<Order>
{
    private readonly GrpcChannel _channel;
    private readonly IEchoService _echo;

    private ProtobufNetPeer(ServerAddress address)
    {
        _channel = WebClient.Channel(address);
        _echo = _channel.CreateGrpcService<IEchoService>();
    }

    public Order Sample { get; } = Order.Sample(42);

    public static Task<int> ServeAsync(X509Certificate2? certificate) => WebServer.RunAsync(
        certificate,
        HttpProtocols.Http2,
        static services => services.AddCodeFirstGrpc(static options => options.MaxReceiveMessageSize = options.MaxSendMessageSize = null),
        static app => app.MapGrpcService<EchoContract>());

    public static Task<IPeer<Order>> ConnectAsync(ServerAddress address) => Task.FromResult<IPeer<Order>>(new ProtobufNetPeer(address));

    public async ValueTask<int> AddAsync(int a, int b) => (int)(await _echo.AddAsync(new Pair { A = a, B = b })).Number;

    public ValueTask<Order> OrderAsync(Order order) => _echo.OrderAsync(order);

    public async ValueTask<float[]> ArrayAsync(float[] values) => (await _echo.ArrayAsync(new Holder { Floats = values })).Floats!;

    public async Task<long> ReadNumbersAsync(int count)
    {
        long sum = 0;
        await foreach (Holder number in _echo.CountAsync(new Holder { Number = count }))
            sum += number.Number;
        return sum;
    }

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(_echo.OrdersAsync(new Holder { Number = count }));

    public async Task<long> ReadBlocksAsync(int count)
    {
        long sum = 0;
        await foreach (Holder block in _echo.BlocksAsync(new Holder { Number = count }))
            sum += Block.Number(block.Bytes);
        return sum;
    }

    public async ValueTask<long> AllocatedAsync(bool release) => (await _echo.AllocatedAsync(new Holder { Number = release ? 1 : 0 })).Number;

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return default;
    }

    private sealed class EchoContract : IEchoService
    {
        public ValueTask<Holder> AddAsync(Pair pair) => new(new Holder { Number = pair.A + pair.B });

        public ValueTask<Order> OrderAsync(Order order) => new(order);

        public ValueTask<Holder> ArrayAsync(Holder holder) => new(holder);

        public async IAsyncEnumerable<Holder> CountAsync(Holder count)
        {
            await foreach (int number in Echo.CountAsync((int)count.Number))
                yield return new Holder { Number = number };
        }

        public IAsyncEnumerable<Order> OrdersAsync(Holder count) => Echo.OrdersAsync((int)count.Number);

        public async IAsyncEnumerable<Holder> BlocksAsync(Holder count)
        {
            await foreach (byte[] block in Echo.BlocksAsync((int)count.Number))
                yield return new Holder { Bytes = block };
        }

        public ValueTask<Holder> AllocatedAsync(Holder release) => new(new Holder { Number = Memory.Allocated(release.Number != 0) });
    }
}
