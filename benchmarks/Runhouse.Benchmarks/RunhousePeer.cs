using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>This project, as its users have it by default: the host and the worker are processes of their own, tokens and logs are on.</summary>
/// <param name="echo">The remote object.</param>
/// <param name="services">The container whose connection the object uses; null for the connection that a process has without one.</param>
internal sealed class RunhousePeer(EchoRemote echo, ServiceProvider? services) : IPeer<Order>
{
    /// <summary>Starts a host, and calls as asked.</summary>
    public static async Task<int> CallAsync()
    {
        // Whoever asks for figures ends by Ctrl-C, which comes here too: the host is still stopped, since nobody asks any more.
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
        EchoRemote echo = await Echo.RemoteAsync();
        int[] server = [await echo.GetProcessIdAsync(), home.HostProcessId ?? throw new InvalidOperationException("No host runs.")];
        await using var workloads = new PeerWorkloads<Order>(new RunhousePeer(echo, services: null), server, OpenAsync);
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
    public ValueTask<long> AllocatedAsync(bool release) => echo.AllocatedAsync(release);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await echo.DisposeAsync();
        if (services is not null)
            await services.DisposeAsync();
    }

    // A process has one connection to a worker, and so has each container.
    private static async Task<IPeer<Order>> OpenAsync()
    {
        ServiceProvider services = new ServiceCollection().AddRunhouse().Services.BuildServiceProvider();

        // From its first use on, the container serves the remote calls of this process.
        services.GetRequiredService<RunhouseOptions>();
        return new RunhousePeer(await Echo.RemoteAsync(), services);
    }
}
