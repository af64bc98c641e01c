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
        foreach (string way in (string[])["unhandled exception", "FailFast", "stack overflow", "native abort", "kill -9"])
        {
            List<double> last = [], next = [];
            for (int round = 0; round < rounds; round++)
            {
                await Deaths.Remote.ProcessIdAsync();
                Task<long>[] waiting = [.. Enumerable.Range(0, Callers).Select(static _ => LossAsync(Deaths.Remote.WaitAsync()))];
                await Deaths.Remote.ProcessIdAsync();
                long begin = Stopwatch.GetTimestamp();
                Task<long> death = LossAsync(Deaths.Remote.DieAsync(way));
                long[] losses = await Task.WhenAll(waiting);
                last.Add(Stopwatch.GetElapsedTime(begin, losses.Max()).TotalMilliseconds);
                await Deaths.Remote.ProcessIdAsync();
                next.Add(Stopwatch.GetElapsedTime(losses.Max()).TotalMilliseconds);
                await death;
            }

            rows.Add(Row.Of(Name, way, "runhouse", "from the call that ends the worker to the last of 64 typed errors", "ms", last));
            rows.Add(Row.Of(Name, way, "runhouse", "from there to the result of the next call, in another worker", "ms", next));
        }

        int deaths = options.Quick ? 20 : 200;
        int host = home.HostProcessId!.Value;
        await DieAsync(deaths);
        (long memory, int files) = Measure(host);
        await DieAsync(deaths);
        (long memoryAfter, int filesAfter) = Measure(host);
        rows.Add(Figure($"growth of the host over {deaths} more", "MiB", (memoryAfter - memory) / 1048576.0));
        rows.Add(Figure($"growth of its open files over {deaths} more", "", filesAfter - files));
        return rows;
    }

    private static async Task DieAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            using var worker = Process.GetProcessById(await Deaths.Remote.ProcessIdAsync());
            Task<long> waiting = LossAsync(Deaths.Remote.WaitAsync());
            worker.Kill();
            await waiting;
        }
    }

    private static (long Memory, int Files) Measure(int host) => (Memory.Of([host]), Directory.GetFiles($"/proc/{host}/fd").Length);

    private static async Task<long> LossAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (WorkerLostException)
        {
            return Stopwatch.GetTimestamp();
        }

        throw new InvalidOperationException("A call in a worker that died came to another end.");
    }

    private static Row Figure(string metric, string unit, double value) => Row.Of(Name, "kill -9, one after the other", "runhouse", metric, unit, [value]);
}
