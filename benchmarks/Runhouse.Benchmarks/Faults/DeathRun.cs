using System.Diagnostics;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks.Faults;

/// <summary>How long 64 callers wait for the typed error when their worker ends in each way, and what 200 deaths leave in the host.</summary>
internal static class DeathRun
{
    private const string Name = "deaths";
    private const int Callers = 64;

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: fewer rounds and deaths.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        using var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
        int rounds = options.Rounds ?? (options.Quick ? 2 : 10);
        var rows = new List<Row>();
        foreach (string way in (string[])["unhandled exception", "FailFast", "stack overflow", "native abort", "kill -9", Deaths.OutOfMemory])
        {
            DeathsPlacement deaths = way == Deaths.OutOfMemory ? Deaths.Remote.Needing(Resources.Parse(memory: "0.25")) : Deaths.Remote;
            WorkerLossReason reason = way switch
            {
                Deaths.OutOfMemory => WorkerLossReason.OutOfMemory,
                "kill -9" => WorkerLossReason.Killed,
                _ => WorkerLossReason.Crashed,
            };
            List<double> last = [], next = [];
            for (int round = 0; round < rounds; round++)
            {
                await deaths.ProcessIdAsync();
                Task<long>[] waiting = [.. Enumerable.Range(0, Callers).Select(_ => LossAsync(deaths.WaitAsync(), reason))];
                await deaths.ProcessIdAsync();
                long begin = Stopwatch.GetTimestamp();
                Task<long> death = LossAsync(deaths.DieAsync(way), reason);
                long[] losses = await Task.WhenAll(waiting);
                last.Add(Stopwatch.GetElapsedTime(begin, losses.Max()).TotalMilliseconds);
                await deaths.ProcessIdAsync();
                next.Add(Stopwatch.GetElapsedTime(losses.Max()).TotalMilliseconds);
                await death;
            }

            rows.Add(Row.Of(Name, way, "runhouse", "from the call that ends the worker to the last of 64 typed errors", "ms", last));
            rows.Add(Row.Of(Name, way, "runhouse", "from there to the result of the next call, in another worker", "ms", next));
        }

        int times = options.Quick ? 20 : 200;
        int host = home.HostProcessId!.Value;
        await DieAsync(times);
        (long memory, int files) = Measure(host);
        await DieAsync(times);
        (long memoryAfter, int filesAfter) = Measure(host);
        rows.Add(Figure($"growth of the host over {times} more", "MiB", (memoryAfter - memory) / 1048576.0));
        rows.Add(Figure($"growth of its open files over {times} more", "", filesAfter - files));
        return rows;
    }

    private static async Task DieAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            using var worker = Process.GetProcessById(await Deaths.Remote.ProcessIdAsync());
            Task<long> waiting = LossAsync(Deaths.Remote.WaitAsync(), WorkerLossReason.Killed);
            worker.Kill();
            await waiting;
        }
    }

    private static (long Memory, int Files) Measure(int host) => (Memory.Of([host]), Directory.GetFiles($"/proc/{host}/fd").Length);

    private static async Task<long> LossAsync(Task call, WorkerLossReason reason)
    {
        try
        {
            await call;
        }
        catch (WorkerLostException e) when (e.Reason == reason)
        {
            return Stopwatch.GetTimestamp();
        }

        throw new InvalidOperationException("A call in a worker that died came to another end.");
    }

    private static Row Figure(string metric, string unit, double value) => Row.Of(Name, "kill -9, one after the other", "runhouse", metric, unit, [value]);
}
