using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>One caller process with many connections to one server, and a caller on each that makes one small call after the other.</summary>
/// <param name="open">Opens a connection of its own.</param>
/// <param name="cost">What calls cost.</param>
/// <param name="serverProcesses">The server's processes.</param>
/// <param name="releaseServer">Lets the server release the memory that it can.</param>
internal sealed class ManyConnections(Func<Task<IConnection>> open, Cost cost, IReadOnlyList<int> serverProcesses, Func<ValueTask> releaseServer)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What did not open in time once is not tried again.
    private int _tooMany = int.MaxValue;

    /// <summary>Opens the connections, calls on all of them, and closes them. No figures when they do not open in 30 s.</summary>
    /// <param name="count">How many connections.</param>
    /// <param name="calls">How many calls, of all together; as many for each.</param>
    public async Task<Dictionary<string, double>> RunAsync(int count, int calls)
    {
        if (count >= _tooMany)
            return [];
        (long callerBefore, long serverBefore) = await MemoryAsync();
        List<IConnection> connections = [];
        try
        {
            long start = Stopwatch.GetTimestamp();
            while (connections.Count < count)
            {
                IConnection connection = await open();
                connections.Add(connection);
                await CallAsync([connection], 1);
                if (Stopwatch.GetElapsedTime(start) > Patience)
                {
                    _tooMany = count;
                    return [];
                }
            }

            calls -= calls % count;
            Dictionary<string, double> figures = await cost.OfAsync(calls, () => CallAsync(connections, calls));
            (long callerAfter, long serverAfter) = await MemoryAsync();
            if (count > 1)
            {
                figures["caller KiB/connection"] = (callerAfter - callerBefore) / 1024.0 / count;
                figures["server KiB/connection"] = (serverAfter - serverBefore) / 1024.0 / count;
            }

            return figures;
        }
        finally
        {
            foreach (IConnection connection in connections)
                await connection.DisposeAsync();
        }
    }

    private static Task CallAsync(List<IConnection> connections, int calls) => Task.WhenAll(connections.Select(connection => Task.Run(async () =>
    {
        for (int i = 0; i < calls / connections.Count; i++)
        {
            if (await connection.AddAsync(i, 1) != i + 1)
                throw new InvalidOperationException("A call returned a wrong sum.");
        }
    })));

    private async Task<(long Caller, long Server)> MemoryAsync()
    {
        await releaseServer();
        Memory.Release();
        return (Environment.WorkingSet, Memory.Of(serverProcesses));
    }
}
