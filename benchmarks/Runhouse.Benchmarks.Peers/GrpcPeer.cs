using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Runhouse.Benchmarks.Peers.Protobuf;
using Runhouse.Benchmarks.Workloads;
using ProtobufBlock = Runhouse.Benchmarks.Peers.Protobuf.Block;
using ProtobufOrder = Runhouse.Benchmarks.Peers.Protobuf.OrderMessage;

namespace Runhouse.Benchmarks.Peers;

/// <summary>gRPC with generated code.</summary>
internal sealed class GrpcPeer : IPeer<ProtobufOrder>
{
    private readonly GrpcChannel _channel;
    private readonly Protobuf.Echo.EchoClient _echo;

    private GrpcPeer(ServerAddress address)
    {
        _channel = WebClient.Channel(address);
        _echo = new Protobuf.Echo.EchoClient(_channel);
    }

    public ProtobufOrder Sample { get; } = EchoService.Sample(42);

    public static Task<int> ServeAsync(X509Certificate2? certificate) => WebServer.RunAsync(
        certificate,
        HttpProtocols.Http2,
        static services => services.AddGrpc(static options => options.MaxReceiveMessageSize = options.MaxSendMessageSize = null),
        static app => app.MapGrpcService<EchoService>());

    public static Task<IPeer<ProtobufOrder>> ConnectAsync(ServerAddress address) => Task.FromResult<IPeer<ProtobufOrder>>(new GrpcPeer(address));

    public async ValueTask<int> AddAsync(int a, int b) => (await _echo.AddAsync(new AddRequest { A = a, B = b })).Value;

    public async ValueTask<ProtobufOrder> OrderAsync(ProtobufOrder order) => await _echo.OrderAsync(order);

    public async ValueTask<float[]> ArrayAsync(float[] values) => [.. (await _echo.ArrayAsync(new Floats { Values = { values } })).Values];

    public async Task<long> ReadNumbersAsync(int count)
    {
        long sum = 0;
        using AsyncServerStreamingCall<Number> call = _echo.Count(new Number { Value = count });
        await foreach (Number number in call.ResponseStream.ReadAllAsync())
            sum += number.Value;
        return sum;
    }

    public async Task<long> ReadRecordsAsync(int count)
    {
        long sum = 0;
        using AsyncServerStreamingCall<ProtobufOrder> call = _echo.Orders(new Number { Value = count });
        await foreach (ProtobufOrder order in call.ResponseStream.ReadAllAsync())
            sum += order.Id;
        return sum;
    }

    public async Task<long> ReadBlocksAsync(int count)
    {
        long sum = 0;
        using AsyncServerStreamingCall<ProtobufBlock> call = _echo.Blocks(new Number { Value = count });
        await foreach (ProtobufBlock block in call.ResponseStream.ReadAllAsync())
            sum += Workloads.Block.Number(block.Bytes.Span);
        return sum;
    }

    public async ValueTask<long> AllocatedAsync(bool release) => (await _echo.AllocatedAsync(new Flag { IsSet = release })).Value;

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return default;
    }
}

/// <summary>The server's side.</summary>
internal sealed class EchoService : Protobuf.Echo.EchoBase
{
    public static ProtobufOrder Sample(long number)
    {
        Order order = Peers.Order.Sample(number);
        return new ProtobufOrder
        {
            Id = order.Number,
            Customer = order.Customer,
            Street = order.Street,
            City = order.City,
            Note = order.Note,
            Total = order.Total,
            Items = order.Items,
            IsPaid = order.IsPaid,
            AtTicks = order.AtTicks,
            Codes = { order.Codes },
        };
    }

    public override Task<Number> Add(AddRequest request, ServerCallContext context) => Task.FromResult(new Number { Value = request.A + request.B });

    public override Task<ProtobufOrder> Order(ProtobufOrder request, ServerCallContext context) => Task.FromResult(request);

    public override Task<Floats> Array(Floats request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Count(Number request, IServerStreamWriter<Number> responseStream, ServerCallContext context)
    {
        for (int i = 0; i < request.Value; i++)
            await responseStream.WriteAsync(new Number { Value = i });
    }

    public override async Task Orders(Number request, IServerStreamWriter<ProtobufOrder> responseStream, ServerCallContext context)
    {
        for (int i = 0; i < request.Value; i++)
            await responseStream.WriteAsync(Sample(i));
    }

    public override async Task Blocks(Number request, IServerStreamWriter<ProtobufBlock> responseStream, ServerCallContext context)
    {
        for (int i = 0; i < request.Value; i++)
            await responseStream.WriteAsync(new ProtobufBlock { Bytes = UnsafeByteOperations.UnsafeWrap(Workloads.Block.Create(i)) });
    }

    public override Task<LongNumber> Allocated(Flag request, ServerCallContext context) => Task.FromResult(new LongNumber { Value = Memory.Allocated(request.IsSet) });
}
