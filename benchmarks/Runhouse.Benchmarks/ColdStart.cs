using System.Diagnostics;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>The time from a caller's start to the result of its first remote call: with no host running, with a warm host, and unchanged again.</summary>
internal static class ColdStart
{
    private const string Name = "coldstart";

    /// <summary>The caller whose start is timed.</summary>
    public static Task<int> CallerAsync() => StartTime.ReportAsync(static async (a, b) => await Sums.Remote.AddAsync(a, b));

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: fewer rounds.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        int rounds = options.Quick ? 3 : 10;
        List<double> bare = [], cold = [], running = [];
        for (int round = 0; round < rounds; round++)
        {
            using var home = new HostHome();
            bare.Add(await RawAsync());
            cold.Add(await CallAsync(home));
            running.Add(await CallAsync(home));
        }

        return
        [
            Row.Of(Name, "start, connect, echo", "raw", "start to first call", "ms", bare),
            Row.Of(Name, "no host runs", "runhouse", "start to first call", "ms", cold),
            Row.Of(Name, "host and worker run", "runhouse", "start to first call", "ms", running),
        ];
    }

    private static Task<double> CallAsync(HostHome home)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["cold-caller"]);
        start.Environment["RUNHOUSE_HOME"] = home.Path;
        return StartTime.MeasureAsync(start);
    }

    private static async Task<double> RawAsync()
    {
        long start = Stopwatch.GetTimestamp();
        using ServerProcess server = await ServerProcess.StartAsync("raw-server", "unix");
        using RawClient client = await RawClient.ConnectAsync(server.Address);
        await client.SequentialAsync(calls: 1, bytes: 32);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}

/// <summary>The function that the timed caller calls.</summary>
internal static class Sums
{
    /// <summary>Adds.</summary>
    [Remote]
    internal static Task<int> AddAsync(int a, int b) => Task.FromResult(a + b);
}
