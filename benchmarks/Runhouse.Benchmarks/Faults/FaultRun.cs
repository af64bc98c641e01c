using System.Diagnostics;
using System.Globalization;
using System.Net;
using Runhouse.Benchmarks.Workloads;
using Runhouse.Faults;

namespace Runhouse.Benchmarks.Faults;

/// <summary>Calls and streams over a connection that is cut and held up thousands of times: none may be lost, and none may run twice.</summary>
internal static class FaultRun
{
    private const string Name = "faults";
    private const string Workload = "calls through faults";

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: a tenth.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        int scale = options.Quick ? 1 : 10;
        int faults = 200 * scale;
        using var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);
        await Sums.Remote.AddAsync(1, 2);
        await using var proxy = new FaultProxy(new IPEndPoint(IPAddress.Loopback, home.HostPort));
        using HostHome behind = home.Behind(proxy.EndPoint.Port);
        using Process caller = Start(behind, calls: 10_000 * scale, streams: 100 * scale);
        int worker = int.Parse(await ReadAsync(caller, "ready "), CultureInfo.InvariantCulture);

        // What the first tenth grows by are caches and pools.
        int delays = await HurtAsync(proxy, faults / 10, 0, seed: 1);
        long callerBefore = Memory.Of([caller.Id]);
        long workerBefore = Memory.Of([worker]);
        delays = await HurtAsync(proxy, faults, delays, seed: 2);
        await caller.StandardInput.WriteLineAsync();
        string[] figures = (await ReadAsync(caller, "figures|")).Split('|');
        long callerAfter = Memory.Of([caller.Id]);
        long workerAfter = Memory.Of([worker]);
        await caller.StandardInput.WriteLineAsync();
        await caller.WaitForExitAsync();
        return
        [
            .. figures.Select(static pair => pair.Split('=')).Select(static pair => Figure(pair[0], "", double.Parse(pair[1], CultureInfo.InvariantCulture))),
            Figure("cuts", "", proxy.Cuts),
            Figure("cuts inside a frame", "", proxy.CutsInFrames),
            Figure("delays", "", delays),
            Figure("growth of the caller", "MiB", (callerAfter - callerBefore) / 1048576.0),
            Figure("growth of the worker", "MiB", (workerAfter - workerBefore) / 1048576.0),
        ];
    }

    /// <summary>Whether a call was lost, or ran twice.</summary>
    /// <param name="rows">The figures.</param>
    public static bool HasFailed(IReadOnlyList<Row> rows) => rows.Any(static row => row.Metric is "lost" or "run twice" && row.Median != 0);

    // Cuts and delays until there are so many of each, half of the cuts inside a frame at least.
    private static async Task<int> HurtAsync(FaultProxy proxy, int faults, int delays, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; NeedsCuts() || delays < faults; i++)
        {
            if (i > 100 * faults)
                throw new InvalidOperationException($"Of {proxy.Cuts} cuts only {proxy.CutsInFrames} were inside a frame: the connections carry none that can be told.");
            await Task.Delay(random.Next(20));
            if (NeedsCuts())
            {
                switch (i % 8)
                {
                    case 0:
                        proxy.Cut();
                        break;
                    case 1:
                        proxy.CutAfter(random.Next(2_000));
                        break;
                    default:
                        proxy.CutInFrame();
                        break;
                }
            }

            if (delays < faults)
            {
                await proxy.DelayAsync(TimeSpan.FromMilliseconds(random.Next(5)));
                delays++;
            }
        }

        return delays;

        bool NeedsCuts() => proxy.Cuts < faults || proxy.CutsInFrames < proxy.Cuts / 2;
    }

    private static Process Start(HostHome home, int calls, int streams)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["faults-caller", $"{calls}", $"{streams}"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["RUNHOUSE_HOME"] = home.Path;
        start.Environment["RUNHOUSE__Transport"] = "Relay";
        return Process.Start(start)!;
    }

    private static async Task<string> ReadAsync(Process caller, string beginning)
    {
        while (await caller.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return line[beginning.Length..];
        }

        throw new InvalidOperationException("The caller ended.");
    }

    private static Row Figure(string metric, string unit, double value) => Row.Of(Name, Workload, "runhouse", metric, unit, [value]);
}
