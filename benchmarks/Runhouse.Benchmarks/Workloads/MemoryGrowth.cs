namespace Runhouse.Benchmarks.Workloads;

/// <summary>How much the memory of the caller and of the server grows at the most while work runs, in MiB: what streams under credit keep small.</summary>
/// <param name="serverProcesses">The server's processes.</param>
internal sealed class MemoryGrowth(IReadOnlyList<int> serverProcesses)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs the work; its figures, and the growth beside them.</summary>
    /// <param name="work">The work.</param>
    public async Task<Dictionary<string, double>> DuringAsync(Func<Task<Dictionary<string, double>>> work)
    {
        long callerBefore = Environment.WorkingSet;
        long serverBefore = Memory.Of(serverProcesses);
        long caller = 0;
        long server = 0;
        Task<Dictionary<string, double>> running = Task.Run(work);
        do
        {
            await Task.WhenAny(running, Task.Delay(Interval));
            caller = Math.Max(caller, Environment.WorkingSet - callerBefore);
            server = Math.Max(server, Memory.Of(serverProcesses) - serverBefore);
        }
        while (!running.IsCompleted);

        Dictionary<string, double> figures = await running;
        figures["caller MiB"] = caller / 1048576.0;
        figures["server MiB"] = server / 1048576.0;
        return figures;
    }
}
