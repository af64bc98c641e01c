using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Peers;

/// <summary>What every server does, whatever carries the calls.</summary>
internal static class Echo
{
    public static async IAsyncEnumerable<int> CountAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return i;
    }

    public static async IAsyncEnumerable<Order> OrdersAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return Order.Sample(i);
    }

    public static async IAsyncEnumerable<byte[]> BlocksAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return Block.Create(i);
    }

    public static async Task<long> SumAsync(IAsyncEnumerable<int> numbers)
    {
        long sum = 0;
        await foreach (int number in numbers)
            sum += number;
        return sum;
    }

    public static async Task<long> SumAsync(IAsyncEnumerable<Order> orders)
    {
        long sum = 0;
        await foreach (Order order in orders)
            sum += order.Number;
        return sum;
    }

    public static async Task<long> SumAsync(IAsyncEnumerable<byte[]> blocks)
    {
        long sum = 0;
        await foreach (byte[] block in blocks)
            sum += Block.Number(block);
        return sum;
    }
}
