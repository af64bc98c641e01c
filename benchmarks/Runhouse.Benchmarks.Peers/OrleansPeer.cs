using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Hosting;
using Orleans.Concurrency;
using Orleans.Connections.Security;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>What the calls go to.</summary>
public interface IEchoGrain : IGrainWithIntegerKey
{
    ValueTask<int> AddAsync(int a, int b);

    ValueTask<Order> OrderAsync(Order order);

    ValueTask<Immutable<float[]>> ArrayAsync(Immutable<float[]> values);

    IAsyncEnumerable<int> CountAsync(int count);

    IAsyncEnumerable<Order> OrdersAsync(int count);

    IAsyncEnumerable<byte[]> BlocksAsync(int count);

    ValueTask<long> AllocatedAsync(bool release);
}

/// <summary>Orleans: one silo, one client, one grain that takes any number of calls at once.</summary>
internal sealed class OrleansPeer : IPeer<Order>
{
    private readonly IHost _client;
    private readonly IEchoGrain _grain;

    private OrleansPeer(IHost client)
        => (_client, _grain) = (client, client.Services.GetRequiredService<IClusterClient>().GetGrain<IEchoGrain>(1));

    public Order Sample { get; } = Order.Sample(42);

    public static async Task<int> ServeAsync(X509Certificate2? certificate)
    {
        (int silo, int gateway) = FreePorts();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(orleans =>
        {
            orleans.UseLocalhostClustering(silo, gateway);
            if (certificate is not null)
                orleans.UseTls(certificate, static tls => tls.RemoteCertificateMode = tls.ClientCertificateMode = RemoteCertificateMode.NoCertificate);
        });
        using IHost host = builder.Build();
        await host.StartAsync();
        int exitCode = ServerProcess.Serve(ServerAddress.Of($"{gateway}", certificate));
        await host.StopAsync();
        return exitCode;
    }

    public static async Task<IPeer<Order>> ConnectAsync(ServerAddress address)
    {
        // Without files to watch, of which a process with many clients would have too many.
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.UseOrleansClient(orleans =>
        {
            orleans.UseLocalhostClustering(address.EndPoint.Port);
            if (address.IsTls)
            {
                orleans.UseTls(tls =>
                {
                    tls.RemoteCertificateValidation = (certificate, chain, errors) => address.Accepts(tls, certificate, chain, errors);
                    tls.OnAuthenticateAsClient = static (_, authentication) => authentication.TargetHost = "localhost";
                });
            }
        });
        IHost client = builder.Build();
        await client.StartAsync();
        return new OrleansPeer(client);
    }

    public ValueTask<int> AddAsync(int a, int b) => _grain.AddAsync(a, b);

    public ValueTask<Order> OrderAsync(Order order) => _grain.OrderAsync(order);

    public async ValueTask<float[]> ArrayAsync(float[] values) => (await _grain.ArrayAsync(new Immutable<float[]>(values))).Value;

    public Task<long> ReadNumbersAsync(int count) => Echo.SumAsync(_grain.CountAsync(count).WithBatchSize(1000));

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(_grain.OrdersAsync(count).WithBatchSize(100));

    public Task<long> ReadBlocksAsync(int count) => Echo.SumAsync(_grain.BlocksAsync(count).WithBatchSize(16));

    public ValueTask<long> AllocatedAsync(bool release) => _grain.AllocatedAsync(release);

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync();
        _client.Dispose();
    }

    private static (int Silo, int Gateway) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}

/// <summary>The server's side.</summary>
[StatelessWorker(1)]
[Reentrant]
public sealed class EchoGrain : Grain, IEchoGrain
{
    public ValueTask<int> AddAsync(int a, int b) => new(a + b);

    public ValueTask<Order> OrderAsync(Order order) => new(order);

    public ValueTask<Immutable<float[]>> ArrayAsync(Immutable<float[]> values) => new(values);

    public IAsyncEnumerable<int> CountAsync(int count) => Echo.CountAsync(count);

    public IAsyncEnumerable<Order> OrdersAsync(int count) => Echo.OrdersAsync(count);

    public IAsyncEnumerable<byte[]> BlocksAsync(int count) => Echo.BlocksAsync(count);

    public ValueTask<long> AllocatedAsync(bool release) => new(Memory.Allocated(release));
}
