using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The workloads over a peer.</summary>
/// <typeparam name="TOrder">The peer's record.</typeparam>
/// <param name="peer">The peer.</param>
/// <param name="serverProcesses">The processes of its server.</param>
/// <param name="open">Opens one more connection to the server.</param>
internal sealed class PeerWorkloads<TOrder>(IPeer<TOrder> peer, IReadOnlyList<int> serverProcesses, Func<Task<IPeer<TOrder>>> open) : IWorkloads
{
    private const int ArrayLength = 4 << 20;

    private readonly Cost _cost = new(serverProcesses, () => peer.AllocatedAsync(release: false));
    private readonly MemoryGrowth _memory = new(serverProcesses);
    private readonly ManyConnections _connections = new(
        async () => await open(), new Cost(serverProcesses, () => peer.AllocatedAsync(release: false)), serverProcesses, async () => await peer.AllocatedAsync(release: true));

    /// <inheritdoc/>
    public async Task<Dictionary<string, double>> RunAsync(string workload, int callers, int calls)
    {
        switch (workload)
        {
            case "W1":
                // Not counted, here and below: a process that has stood still for a while begins slowly.
                await new Latencies(calls / 4).MeasureAsync(until: null, i => peer.AddAsync(i, 1));
                var latencies = new Latencies(calls);
                Dictionary<string, double> costs = await _cost.OfAsync(calls, () => latencies.MeasureAsync(until: null, i => peer.AddAsync(i, 1)));
                return new(latencies.Figures().Concat(costs));
            case "W2":
                return await ConcurrentAsync(callers, () => peer.AddAsync(1, 2));
            case "W3":
                TOrder order = peer.Sample;
                return await ConcurrentAsync(callers, () => peer.OrderAsync(order));
            case "W4":
                await ArraysAsync(1);
                Dictionary<string, double> echoes = [];
                Dictionary<string, double> rate = Rate("MB/s", 16, await _cost.OfAsync(calls, async () => echoes = await ArraysAsync(calls)));
                return new(rate.Concat(echoes));
            case "W4 stream":
                await peer.ReadBlocksAsync(calls / 4);
                return await StreamAsync("MB/s", 1.0 / 16, peer.ReadBlocksAsync, read => _memory.DuringAsync(() => _cost.OfAsync(calls, () => read(calls))));
            case "W5":
                return await StreamAsync("items/s", 1, peer.ReadNumbersAsync, read => _cost.OfManyAsync(calls, () => read(calls)));
            case "W5 records":
                return await StreamAsync("items/s", 1, peer.ReadRecordsAsync, read => _cost.OfManyAsync(calls, () => read(calls)));
            case "W7":
                return await _connections.RunAsync(callers, calls);
            case "W6":
                await ArraysAsync(1);
                var beside = new Latencies(calls);
                Dictionary<string, double> arrays = await _cost.OfAsync(calls, () => beside.MeasureAsync(ArraysAsync(calls), i => peer.AddAsync(i, 1)));
                return new(beside.Figures()) { ["MB/s of arrays"] = arrays["calls/s"] * 16 };
            default:
                throw new ArgumentException($"There is no workload '{workload}'.", nameof(workload));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => peer.DisposeAsync();

    private static Dictionary<string, double> Rate(string unit, double factor, Dictionary<string, double> costs)
    {
        costs[unit] = costs["calls/s"] * factor;
        costs.Remove("calls/s");
        return costs;
    }

    /// <summary>Reads long streams for their rate, and streams of one item for their latency.</summary>
    private static async Task<Dictionary<string, double>> StreamAsync(
        string unit, double factor, Func<int, Task<long>> read, Func<Func<int, Task>, Task<Dictionary<string, double>>> costsOf)
    {
        Dictionary<string, double> rate = Rate(unit, factor, await costsOf(ReadAsync));
        return new(rate.Concat(await LatencyHistogram.OfAsync(LatencyHistogram.ShortStreams, _ => ReadAsync(1))));

        async Task ReadAsync(int items) => Numbers.Check(items, await read(items));
    }

    private async Task<Dictionary<string, double>> ConcurrentAsync<T>(int callers, Func<ValueTask<T>> call)
    {
        var latencies = new LatencyHistogram();
        Dictionary<string, double> costs = await _cost.OfTimeAsync(time =>
        {
            latencies.Clear();
            return ConcurrentAsync(callers, time, call, latencies);
        });
        return new(costs.Concat(latencies.Figures()));
    }

    /// <summary>Calls from many callers until the time is over; how many calls there were.</summary>
    private static async Task<long> ConcurrentAsync<T>(int callers, TimeSpan time, Func<ValueTask<T>> call, LatencyHistogram latencies)
    {
        using var over = new CancellationTokenSource(time);
        CancellationToken isOver = over.Token;
        long[] calls = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            long own = 0;
            for (; !isOver.IsCancellationRequested; own++)
            {
                long start = own % LatencyHistogram.Every == 0 ? Stopwatch.GetTimestamp() : 0;
                await call();
                if (start != 0)
                    latencies.Add(Stopwatch.GetTimestamp() - start);
            }

            return own;
        })));
        return calls.Sum();
    }

    private Task<Dictionary<string, double>> ArraysAsync(int count)
    {
        float[] values = new float[ArrayLength];
        return LatencyHistogram.OfAsync(
            count,
            async i =>
            {
                values[^1] = i;
                float[] echo = await peer.ArrayAsync(values);
                if (echo.Length != ArrayLength || (int)echo[^1] != i)
                    throw new InvalidOperationException("Another array came back.");
            });
    }
}
