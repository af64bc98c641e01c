using System.Diagnostics;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>The call path: small calls one after the other and side by side, records, arrays, streams, cancellations, and a long run whose memory stays flat.</summary>
internal static class Calls
{
    private const string Name = "calls";
    private const int SmallBytes = 40;
    private const int RecordBytes = 1024;

    private static int _cancellations;

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: fewer rounds, and a tenth of the long run.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        bool quick = options.Quick;
        using var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
        await using EchoRemote echo = await Echo.RemoteAsync();
        using ServerProcess server = await ServerProcess.StartAsync("raw-server", "unix");
        using RawClient raw = await RawClient.ConnectAsync(server.Address);
        int rounds = quick ? 3 : 7;
        int scale = quick ? 1 : 4;
        var series = new Series(Name);

        for (int round = -1; round < rounds; round++)
        {
            bool counts = round >= 0;   // the first round warms up
            Latencies(series, "W1 sequential", "raw", await raw.SequentialAsync(5_000 * scale, SmallBytes), counts);
            Latencies(series, "W1 sequential", "runhouse", await SequentialAsync(echo, 5_000 * scale), counts);
            foreach (int callers in (int[])[64, 512])
            {
                string workload = $"W2 {callers} callers";
                series.Add(workload, "raw", "throughput", "calls/s", await RateAsync(raw, callers, SmallBytes, scale), counts);
                series.Add(workload, "runhouse", "throughput", "calls/s", await ConcurrentAsync(callers, 100_000 * scale / callers, () => echo.AddAsync(1, 2)), counts);
            }

            Order order = Order.Sample(42);
            series.Add("W3 1 KB record, 64 callers", "raw", "throughput", "calls/s", await RateAsync(raw, 64, RecordBytes, scale), counts);
            series.Add("W3 1 KB record, 64 callers", "runhouse", "throughput", "calls/s", await ConcurrentAsync(64, 400 * scale, () => echo.OrderAsync(order)), counts);
            series.Add("W4 16 MB array", "runhouse", "throughput", "MB/s", await ArraysAsync(echo, 3 * scale), counts);
            series.Add("W5 stream of integers", "runhouse", "throughput", "items/s", await StreamAsync(echo, 250_000 * scale), counts);
            double[] cancellations = await CancellationsAsync(echo, 250 * scale);
            series.Add("cancellation", "runhouse", "p50", "ms", cancellations[cancellations.Length / 2], counts);
            series.Add("cancellation", "runhouse", "max", "ms", cancellations[^1], counts);
        }

        return [.. series.Rows(), .. await LongRunAsync(echo, home, quick ? 2_000_000 : 20_000_000)];
    }

    private static void Latencies(Series series, string workload, string peer, double[] latencies, bool counts)
    {
        Array.Sort(latencies);
        series.Add(workload, peer, "p50", "us", latencies[latencies.Length / 2], counts);
        series.Add(workload, peer, "p99", "us", latencies[latencies.Length * 99 / 100], counts);
    }

    private static async Task<double[]> SequentialAsync(EchoRemote echo, int calls)
    {
        var latencies = new double[calls];
        for (int i = 0; i < calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (await echo.AddAsync(i, 1) != i + 1)
                throw new InvalidOperationException("A call returned a wrong sum.");
            latencies[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return latencies;
    }

    private static async Task<double> RateAsync(RawClient raw, int callers, int bytes, int scale)
    {
        long start = Stopwatch.GetTimestamp();
        long calls = await raw.ConcurrentAsync(callers, scale * TimeSpan.FromMilliseconds(125), bytes);
        return calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> ConcurrentAsync<T>(int callers, int calls, Func<ValueTask<T>> call)
    {
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < calls; i++)
                await call();
        })));
        return callers * (double)calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> ArraysAsync(EchoRemote echo, int count)
    {
        float[] values = new float[4 << 20];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
            await echo.ArrayAsync(values);
        return count * 16.0 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> StreamAsync(EchoRemote echo, int count)
    {
        long start = Stopwatch.GetTimestamp();
        int expected = 0;
        await foreach (int item in echo.CountAsync(count))
        {
            if (item != expected++)
                throw new InvalidOperationException("An item of the stream arrived out of order.");
        }

        return expected == count
            ? count / Stopwatch.GetElapsedTime(start).TotalSeconds
            : throw new InvalidOperationException($"{expected} of {count} items arrived.");
    }

    /// <summary>
    /// From the cancellation of the caller's token to that of the remote one as remote code sees it, in milliseconds and in order: the
    /// clock behind a timestamp is the machine's, and the same in both processes.
    /// </summary>
    private static async Task<double[]> CancellationsAsync(EchoRemote echo, int count)
    {
        double[] times = new double[count];
        for (int i = 0; i < count; i++)
        {
            int number = Interlocked.Increment(ref _cancellations);
            using var cancellation = new CancellationTokenSource();
            Task waiting = echo.WaitAsync(number, cancellation.Token);
            await echo.BegunAsync(number);
            long cancelled = Stopwatch.GetTimestamp();
            await cancellation.CancelAsync();
            times[i] = Stopwatch.GetElapsedTime(cancelled, await echo.CancelledAtAsync(number)).TotalMilliseconds;
            await waiting.ContinueWith(static _ => { }, TaskScheduler.Default);
            if (!waiting.IsCanceled)
                throw new InvalidOperationException("A call that was cancelled ended otherwise.");
        }

        Array.Sort(times);
        return times;
    }

    /// <summary>Millions of calls from 64 callers on the one connection; the memory of all three processes after each tenth.</summary>
    private static async Task<IReadOnlyList<Row>> LongRunAsync(EchoRemote echo, HostHome home, int calls)
    {
        const int Callers = 64;
        string workload = $"{calls / 1_000_000} million calls";
        using var worker = Process.GetProcessById(await echo.GetProcessIdAsync());
        using var host = Process.GetProcessById(home.HostProcessId ?? throw new InvalidOperationException("No host runs."));
        using var caller = Process.GetCurrentProcess();
        (string Name, Process Process)[] processes = [("caller", caller), ("worker", worker), ("host", host)];
        var memory = processes.ToDictionary(static one => one.Name, static _ => new List<double>());
        List<double> rates = [];
        const int Parts = 20;
        for (int part = 0; part < Parts; part++)
        {
            rates.Add(await ConcurrentAsync(Callers, calls / Parts / Callers, async () =>
                await echo.AddAsync(1, 2) is 3 ? 3 : throw new InvalidOperationException("A call returned a wrong sum.")));
            foreach ((string name, Process process) in processes)
            {
                process.Refresh();
                memory[name].Add(process.WorkingSet64 / 1048576.0);
            }
        }

        // The first million warms caches and pools; after it nothing may grow.
        int warm = Math.Clamp((int)Math.Ceiling(Parts * 1_000_000.0 / calls), 1, Parts / 2);
        return
        [
            Row.Of(Name, workload, "runhouse", "throughput", "calls/s", rates),
            .. processes.Select(one => Row.Of(Name, workload, "runhouse", $"memory of the {one.Name}", "MiB", memory[one.Name].Skip(warm))),
            .. processes.Select(one => Row.Of(Name, workload, "runhouse", $"growth of the {one.Name}", "MiB", [memory[one.Name][^1] - memory[one.Name][warm - 1]])),
        ];
    }
}
