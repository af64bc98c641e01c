using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>This project, as its users have it by default: the host and the worker are processes of their own, tokens and logs are on.</summary>
/// <param name="echo">The remote object.</param>
internal sealed class RunhousePeer(EchoRemote echo) : IPeer<Order>
{
    /// <summary>Starts a host, and calls as asked.</summary>
    public static async Task<int> ServeAsync()
    {
        using var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
        EchoRemote echo = await Echo.RemoteAsync();
        int[] server = [await echo.GetProcessIdAsync(), home.HostProcessId ?? throw new InvalidOperationException("No host runs.")];
        await using var workloads = new PeerWorkloads<Order>(new RunhousePeer(echo), server);
        return await PeerClient.RunAsync(home.Path, workloads);
    }

    /// <inheritdoc/>
    public Order Sample { get; } = Order.Sample(42);

    /// <inheritdoc/>
    public ValueTask<int> AddAsync(int a, int b) => echo.AddAsync(a, b);

    /// <inheritdoc/>
    public ValueTask<Order> OrderAsync(Order order) => echo.OrderAsync(order);

    /// <inheritdoc/>
    public ValueTask<float[]> ArrayAsync(float[] values) => echo.ArrayAsync(values);

    /// <inheritdoc/>
    public async Task<long> ReadNumbersAsync(int count)
    {
        long sum = 0;
        await foreach (int number in echo.CountAsync(count))
            sum += number;
        return sum;
    }

    /// <inheritdoc/>
    public async Task<long> ReadRecordsAsync(int count)
    {
        long sum = 0;
        await foreach (Order order in echo.OrdersAsync(count))
            sum += order.Id;
        return sum;
    }

    /// <inheritdoc/>
    public async Task<long> ReadBlocksAsync(int count)
    {
        long sum = 0;
        await foreach (byte[] block in echo.BlocksAsync(count))
            sum += Block.Number(block);
        return sum;
    }

    /// <inheritdoc/>
    public ValueTask<long> AllocatedAsync() => echo.AllocatedAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => echo.DisposeAsync();
}
