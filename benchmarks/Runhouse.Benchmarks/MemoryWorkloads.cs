using System.Net;
using System.Net.Sockets;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>
/// The stream of blocks through memory that two processes share: each block is made by one and copied out by the other, and no kernel or
/// library lies between. Whatever carries blocks from process to process takes at least that.
/// </summary>
/// <param name="memory">The memory.</param>
/// <param name="server">The process that makes the blocks.</param>
/// <param name="requests">Where it is asked for some.</param>
internal sealed class MemoryWorkloads(SharedBlocks memory, ServerProcess server, Socket requests) : IWorkloads
{
    private readonly Cost _cost = new([server.Id], allocated: null);

    /// <summary>Starts a server, and reads as asked.</summary>
    public static async Task<int> CallAsync()
    {
        using var memory = SharedBlocks.Create();
        using ServerProcess server = await ServerProcess.StartAsync("memory-server", memory.Path);
        memory.Unname();
        using var requests = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await requests.ConnectAsync(server.Address.EndPoint);
        await using var workloads = new MemoryWorkloads(memory, server, requests);
        return await PeerClient.RunAsync("", workloads);
    }

    /// <summary>Makes blocks until the standard input ends.</summary>
    /// <param name="path">The memory.</param>
    public static int Serve(string path)
    {
        var memory = SharedBlocks.Open(path);
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        new Thread(() => Make(memory, listener)) { IsBackground = true }.Start();
        return ServerProcess.Serve(ServerAddress.Of($"{((IPEndPoint)listener.LocalEndPoint!).Port}", certificate: null));
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

    private static void Make(SharedBlocks memory, Socket listener)
    {
        using Socket requests = listener.Accept();
        byte[] count = new byte[sizeof(int)];
        while (requests.Receive(count) == count.Length)
        {
            for (int i = 0; i < BitConverter.ToInt32(count); i++)
                memory.Write(Block.Create(i));
        }
    }

    private void Read(int count)
    {
        requests.Send(BitConverter.GetBytes(count));
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += Block.Number(memory.Read());
        Numbers.Check(count, sum);
    }
}
