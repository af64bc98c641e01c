namespace Runhouse.Benchmarks.Peers;

/// <summary>What every server does, whatever carries the calls.</summary>
internal static class Echo
{
    public static long Allocated => GC.GetTotalAllocatedBytes(precise: true);

    public static async IAsyncEnumerable<int> CountAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return i;
    }

    public static async IAsyncEnumerable<Order> OrdersAsync(int count)
    {
        await Task.CompletedTask;
        Order order = Order.Sample();
        for (int i = 0; i < count; i++)
            yield return order;
    }

    public static async IAsyncEnumerable<byte[]> BlocksAsync(int count)
    {
        await Task.CompletedTask;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < count; i++)
            yield return block;
    }

    public static async Task<long> SumAsync(IAsyncEnumerable<int> numbers)
    {
        long sum = 0;
        await foreach (int number in numbers)
            sum += number;
        return sum;
    }

    public static async Task<long> CountAsync(IAsyncEnumerable<Order> orders)
    {
        long count = 0;
        await foreach (Order order in orders)
            count += order.Items == 3 ? 1 : 0;
        return count;
    }

    public static async Task<long> LengthAsync(IAsyncEnumerable<byte[]> blocks)
    {
        long length = 0;
        await foreach (byte[] block in blocks)
            length += block.Length;
        return length;
    }
}
