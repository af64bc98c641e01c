using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>HTTP/1.1 and JSON: a minimal API and HttpClient, with generated serializers.</summary>
internal sealed class HttpJson : IPeer<Order>
{
    private readonly HttpClient _http;

    private HttpJson(ServerAddress address) => _http = new HttpClient(WebClient.Handler(address)) { BaseAddress = new Uri(address.Location) };

    public Order Sample { get; } = Order.Sample(42);

    public static Task<int> ServeAsync(X509Certificate2? certificate) => WebServer.RunAsync(
        certificate,
        HttpProtocols.Http1,
        static services => services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, EchoJson.Default)),
        static app =>
        {
            app.MapGet("/add/{a}/{b}", static (int a, int b) => a + b);
            app.MapPost("/order", static (Order order) => order);
            app.MapPost("/array", static (float[] values) => values);
            app.MapGet("/count/{count}", static (int count) => Echo.CountAsync(count));
            app.MapGet("/orders/{count}", static (int count) => Echo.OrdersAsync(count));
            app.MapGet("/blocks/{count}", static (int count) => Echo.BlocksAsync(count));
            app.MapGet("/allocated/{release}", static (bool release) => Memory.Allocated(release));
        });

    public static Task<IPeer<Order>> ConnectAsync(ServerAddress address) => Task.FromResult<IPeer<Order>>(new HttpJson(address));

    public async ValueTask<int> AddAsync(int a, int b) => await _http.GetFromJsonAsync($"/add/{a}/{b}", EchoJson.Default.Int32);

    public ValueTask<Order> OrderAsync(Order order) => PostAsync("/order", order, EchoJson.Default.Order);

    public ValueTask<float[]> ArrayAsync(float[] values) => PostAsync("/array", values, EchoJson.Default.SingleArray);

    public Task<long> ReadNumbersAsync(int count) => Echo.SumAsync(_http.GetFromJsonAsAsyncEnumerable($"/count/{count}", EchoJson.Default.Int32));

    public Task<long> ReadRecordsAsync(int count) => Echo.SumAsync(_http.GetFromJsonAsAsyncEnumerable($"/orders/{count}", EchoJson.Default.Order)!);

    public Task<long> ReadBlocksAsync(int count) => Echo.SumAsync(_http.GetFromJsonAsAsyncEnumerable($"/blocks/{count}", EchoJson.Default.ByteArray)!);

    public async ValueTask<long> AllocatedAsync(bool release) => await _http.GetFromJsonAsync($"/allocated/{release}", EchoJson.Default.Int64);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }

    private async ValueTask<T> PostAsync<T>(string path, T value, JsonTypeInfo<T> type)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync(path, value, type);
        return (await response.Content.ReadFromJsonAsync(type))!;
    }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(byte[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(IAsyncEnumerable<int>))]
[JsonSerializable(typeof(IAsyncEnumerable<Order>))]
[JsonSerializable(typeof(IAsyncEnumerable<byte[]>))]
internal sealed partial class EchoJson : JsonSerializerContext;
