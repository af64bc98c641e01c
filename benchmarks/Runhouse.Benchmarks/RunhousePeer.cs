using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>This project, as its users have it by default: the host and the worker are processes of their own, tokens and logs are on.</summary>
internal sealed class RunhousePeer : IPeer<Order>
{
    private readonly HostHome _home;
    private readonly EchoRemote _echo;

    private RunhousePeer(HostHome home, EchoRemote echo, int worker)
        => (_home, _echo, ServerProcesses) = (home, echo, [worker, home.HostProcessId ?? throw new InvalidOperationException("No host runs.")]);

    /// <summary>Starts a host and connects.</summary>
    public static async Task<IWorkloads> ConnectAsync()
    {
        var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
        EchoRemote echo = await Echo.RemoteAsync();
        return new PeerWorkloads<Order>(new RunhousePeer(home, echo, await echo.GetProcessIdAsync()));
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> ServerProcesses { get; }

    /// <inheritdoc/>
    public Order Sample { get; } = Order.Sample(42);

    /// <inheritdoc/>
    public ValueTask<int> AddAsync(int a, int b) => _echo.AddAsync(a, b);

    /// <inheritdoc/>
    public ValueTask<Order> OrderAsync(Order order) => _echo.OrderAsync(order);

    /// <inheritdoc/>
    public ValueTask<float[]> ArrayAsync(float[] values) => _echo.ArrayAsync(values);

    /// <inheritdoc/>
    public async Task<long> ReadNumbersAsync(int count)
    {
        long sum = 0;
        await foreach (int number in _echo.CountAsync(count))
            sum += number;
        return sum;
    }

    /// <inheritdoc/>
    public async Task<long> ReadRecordsAsync(int count)
    {
        long sum = 0;
        await foreach (Order order in _echo.OrdersAsync(count))
            sum += order.Id;
        return sum;
    }

    /// <inheritdoc/>
    public async Task<long> ReadBlocksAsync(int count)
    {
        long sum = 0;
        await foreach (byte[] block in _echo.BlocksAsync(count))
            sum += Block.Number(block);
        return sum;
    }

    /// <inheritdoc/>
    public ValueTask<long> AllocatedAsync() => _echo.AllocatedAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _echo.DisposeAsync();
        _home.Dispose();
    }
}
