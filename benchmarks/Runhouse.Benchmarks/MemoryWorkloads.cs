using System.Runtime.InteropServices;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>
/// The stream of blocks through memory that two processes share: each block is made by one and copied out by the other, and no kernel or
/// library lies between. Whatever carries blocks from process to process takes at least that.
/// </summary>
/// <param name="memory">The memory.</param>
/// <param name="server">The process that makes the blocks.</param>
internal sealed class MemoryWorkloads(SharedBlocks memory, ServerProcess server) : IWorkloads
{
    private readonly Cost _cost = new([server.Id], allocated: null);

    /// <summary>Starts a server, and reads as asked.</summary>
    public static async Task<int> CallAsync()
    {
        using var memory = SharedBlocks.Create();
        using ServerProcess server = await ServerProcess.StartAsync("memory-server", memory.Path);
        await using var workloads = new MemoryWorkloads(memory, server);
        return await PeerClient.RunAsync("", workloads);
    }

    /// <summary>Makes blocks until the standard input ends.</summary>
    /// <param name="path">The memory.</param>
    public static int Serve(string path)
    {
        var memory = SharedBlocks.Open(path);
        new Thread(() =>
        {
            while (true)
            {
                for (int i = 0, count = memory.WaitForRequest(); i < count; i++)
                    memory.Write(Block.Create(i));
            }
        })
        { IsBackground = true }.Start();
        return ServerProcess.Serve(ServerAddress.Of(path, certificate: null));
    }

    /// <inheritdoc/>
    public async Task<Dictionary<string, double>> RunAsync(string workload, int callers, int calls)
    {
        if (workload != "W4 stream")
            return [];
        Dictionary<string, double> costs = await _cost.OfManyAsync(calls, () => Task.Run(() => Read(calls)));
        costs["MB/s"] = costs["calls/s"] / 16;
        costs.Remove("calls/s");
        return costs;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private void Read(int count)
    {
        memory.Request(count);
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += Block.Number(memory.Read());
        Numbers.Check(count, sum);
    }
}
