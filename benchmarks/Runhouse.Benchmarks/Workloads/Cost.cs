using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>What a piece of work costs: time, processor time of all processes together, and bytes allocated on both sides.</summary>
/// <param name="serverProcesses">The server's processes.</param>
/// <param name="allocated">How many bytes the server has allocated so far; null when nobody asks.</param>
internal sealed class Cost(IReadOnlyList<int> serverProcesses, Func<ValueTask<long>>? allocated)
{
    /// <summary>What takes less says more of what went before than of the work: caches, the collector's timing, threads that must wake.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs the work again and again for half a second at least, and divides its costs by the calls in it. Half as long before is not counted.</summary>
    /// <param name="calls">How many calls the work makes each time.</param>
    /// <param name="work">The work.</param>
    public async Task<Dictionary<string, double>> OfManyAsync(int calls, Func<Task> work)
    {
        await RepeatAsync(Shortest / 2, work);
        return await OfAsync(async () => calls * await RepeatAsync(Shortest, work));
    }

    /// <summary>Runs work that goes on for as long as it is told to, and divides its costs by the calls in it: for half a second, and half as long before, which is not counted.</summary>
    /// <param name="work">The work; how many calls it has made.</param>
    public async Task<Dictionary<string, double>> OfTimeAsync(Func<TimeSpan, Task<long>> work)
    {
        await work(Shortest / 2);
        return await OfAsync(() => work(Shortest));
    }

    /// <summary>Runs the work once, and divides its costs by the calls in it.</summary>
    /// <param name="calls">How many calls the work makes.</param>
    /// <param name="work">The work.</param>
    public Task<Dictionary<string, double>> OfAsync(long calls, Func<Task> work) => OfAsync(
        async () =>
        {
            await work();
            return calls;
        });

    private static async Task<long> RepeatAsync(TimeSpan shortest, Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        long times = 0;
        do
        {
            await work();
            times++;
        }
        while (Stopwatch.GetElapsedTime(start) < shortest);

        return times;
    }

    private async Task<Dictionary<string, double>> OfAsync(Func<Task<long>> work)
    {
        long serverBefore = allocated is null ? 0 : await allocated();
        long callerBefore = GC.GetTotalAllocatedBytes(precise: true);
        double processorBefore = Processor();
        long start = Stopwatch.GetTimestamp();
        long calls = await work();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double processor = Processor() - processorBefore;
        long caller = GC.GetTotalAllocatedBytes(precise: true) - callerBefore;
        var costs = new Dictionary<string, double>
        {
            ["calls/s"] = calls / seconds,
            ["cpu us/call"] = processor / calls * 1e6,
        };
        if (allocated is not null)
        {
            costs["caller B/call"] = (double)caller / calls;
            costs["server B/call"] = (double)(await allocated() - serverBefore) / calls;
        }

        return costs;
    }

    private double Processor()
    {
        double seconds = Environment.CpuUsage.TotalTime.TotalSeconds;
        foreach (int id in serverProcesses)
        {
            using var process = Process.GetProcessById(id);
            seconds += process.TotalProcessorTime.TotalSeconds;
        }

        return seconds;
    }
}
