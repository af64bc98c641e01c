using System.Diagnostics;

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
        Process[] server = [.. serverProcesses.Select(Process.GetProcessById)];
        long callerBefore = Environment.WorkingSet;
        long serverBefore = Sum(server);
        long caller = 0;
        long servers = 0;
        Task<Dictionary<string, double>> running = Task.Run(work);
        do
        {
            await Task.WhenAny(running, Task.Delay(Interval));
            caller = Math.Max(caller, Environment.WorkingSet - callerBefore);
            servers = Math.Max(servers, Sum(server) - serverBefore);
        }
        while (!running.IsCompleted);

        Dictionary<string, double> figures = await running;
        figures["caller MiB"] = caller / 1048576.0;
        figures["server MiB"] = servers / 1048576.0;
        foreach (Process process in server)
            process.Dispose();
        return figures;
    }

    private static long Sum(Process[] processes)
    {
        long sum = 0;
        foreach (Process process in processes)
        {
            process.Refresh();
            sum += process.WorkingSet64;
        }

        return sum;
    }
}
