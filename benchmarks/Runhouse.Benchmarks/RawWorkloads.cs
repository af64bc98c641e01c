using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>The workloads over a bare socket: the same bytes, and nothing that a call is beside them.</summary>
/// <param name="client">The connection.</param>
/// <param name="server">The server.</param>
/// <param name="isPacked">Whether the items of streams stand one behind the other, and nothing else is asked for; otherwise each is a frame.</param>
internal sealed class RawWorkloads(RawClient client, ServerProcess server, bool isPacked) : IWorkloads
{
    private const int RecordBytes = 1024;

    private readonly Cost _cost = new([server.Id], allocated: null);
    private readonly MemoryGrowth _memory = new([server.Id]);
    private readonly ManyConnections _connections = new(
        async () => await RawClient.ConnectAsync(server.Address), new Cost([server.Id], allocated: null), [server.Id], static () => default);

    /// <summary>Starts a server, and calls it as asked.</summary>
    /// <param name="kind"><c>unix</c>, <c>tcp</c>, or <c>tls</c> over TCP; <c>packed</c>: over TCP, streams of items that are no frames alone.</param>
    public static async Task<int> CallAsync(string kind)
    {
        bool isPacked = kind == "packed";
        using ServerProcess server = await ServerProcess.StartAsync("raw-server", isPacked ? "tcp" : kind);
        await using var workloads = new RawWorkloads(await RawClient.ConnectAsync(server.Address), server, isPacked);
        return await PeerClient.RunAsync(server.Address.ToString(), workloads);
    }

    /// <summary>Calls a server that runs, for the first time.</summary>
    /// <param name="address">Where it is.</param>
    public static async Task<int> StartAsync(string address)
    {
        await using RawClient client = await RawClient.ConnectAsync(ServerAddress.Parse(address));
        return await StartTime.ReportAsync(client.AddAsync);
    }

    /// <inheritdoc/>
    public async Task<Dictionary<string, double>> RunAsync(string workload, int callers, int calls)
    {
        switch (workload)
        {
            case "W1":
                // Not counted, here and below: a process that has stood still for a while begins slowly.
                await client.SequentialAsync(calls / 4, RawServer.CallBytes);
                double[] times = [];
                Dictionary<string, double> costs = await _cost.OfAsync(calls, async () => times = await client.SequentialAsync(calls, RawServer.CallBytes));
                Array.Sort(times);
                return new(Latencies.Of(times).Concat(costs));
            case "W2" or "W3":
                return await _cost.OfTimeAsync(time => client.ConcurrentAsync(callers, time, workload == "W2" ? RawServer.CallBytes : RecordBytes));
            case "W4":
                float[] values = new float[4 << 20];
                await client.ArraysAsync(values, 1);
                Dictionary<string, double> echoes = [];
                Dictionary<string, double> rate = Rate("MB/s", 16, await _cost.OfAsync(calls, async () => echoes = await LatencyHistogram.OfAsync(calls, _ => client.ArraysAsync(values, 1))));
                return new(rate.Concat(echoes));
            case "W4 stream":
                await StreamAsync(calls / 4, Block.Length);
                return await StreamAsync("MB/s", 1.0 / 16, Block.Length, read => _memory.DuringAsync(() => _cost.OfAsync(calls, () => read(calls))));
            case "W5":
                return await StreamAsync("items/s", 1, sizeof(int), read => _cost.OfManyAsync(calls, () => read(calls)));
            case "W5 records":
                return await StreamAsync("items/s", 1, RecordBytes, read => _cost.OfManyAsync(calls, () => read(calls)));
            case "W7":
                return await _connections.RunAsync(callers, calls);
            default:
                return [];
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => client.DisposeAsync();

    private async Task<Dictionary<string, double>> StreamAsync(string unit, double factor, int itemBytes, Func<Func<int, Task>, Task<Dictionary<string, double>>> costsOf)
    {
        Dictionary<string, double> rate = Rate(unit, factor, await costsOf(items => StreamAsync(items, itemBytes)));
        return new(rate.Concat(await LatencyHistogram.OfAsync(LatencyHistogram.ShortStreams, _ => StreamAsync(1, itemBytes))));
    }

    private async Task StreamAsync(int items, int itemBytes) => Numbers.Check(items, await client.StreamAsync(items, itemBytes, isPacked));

    private static Dictionary<string, double> Rate(string unit, double factor, Dictionary<string, double> costs)
    {
        costs[unit] = costs["calls/s"] * factor;
        costs.Remove("calls/s");
        return costs;
    }
}
