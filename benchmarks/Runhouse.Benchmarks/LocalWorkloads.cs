using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>The streams, read in the process that makes them: what their own code takes, with neither a library nor a socket between its two ends.</summary>
internal sealed class LocalWorkloads : IWorkloads
{
    private readonly Echo _echo = new();
    private readonly Cost _cost = new([], allocated: null);

    /// <summary>Reads as asked.</summary>
    public static async Task<int> CallAsync()
    {
        await using var workloads = new LocalWorkloads();
        return await PeerClient.RunAsync("", workloads);
    }

    /// <inheritdoc/>
    public async Task<Dictionary<string, double>> RunAsync(string workload, int callers, int calls) => workload switch
    {
        "W4 stream" => Rate("MB/s", 1.0 / 16, await _cost.OfManyAsync(calls, () => ReadBlocksAsync(calls))),
        "W5" => Rate("items/s", 1, await _cost.OfManyAsync(calls, () => ReadNumbersAsync(calls))),
        "W5 records" => Rate("items/s", 1, await _cost.OfManyAsync(calls, () => ReadRecordsAsync(calls))),
        _ => [],
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private async Task ReadNumbersAsync(int count)
    {
        long sum = 0;
        await foreach (int number in _echo.CountAsync(count))
            sum += number;
        Numbers.Check(count, sum);
    }

    private async Task ReadRecordsAsync(int count)
    {
        long sum = 0;
        await foreach (Order order in _echo.OrdersAsync(count))
            sum += order.Id;
        Numbers.Check(count, sum);
    }

    private async Task ReadBlocksAsync(int count)
    {
        long sum = 0;
        await foreach (byte[] block in _echo.BlocksAsync(count))
            sum += Block.Number(block);
        Numbers.Check(count, sum);
    }

    private static Dictionary<string, double> Rate(string unit, double factor, Dictionary<string, double> costs)
    {
        costs[unit] = costs["calls/s"] * factor;
        costs.Remove("calls/s");
        return costs;
    }
}
