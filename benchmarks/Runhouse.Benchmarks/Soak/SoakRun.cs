using System.Diagnostics;
using System.Net;
using Runhouse.Faults;
using Runhouse.Protocol.Control;

namespace Runhouse.Benchmarks.Soak;

/// <summary>
/// Half an hour of mixed calls while versions are deployed, workers killed and connections cut: each call ends with its right result or a typed error, and
/// what the host holds stays as it is.
/// </summary>
internal static class SoakRun
{
    private const string Name = "soak";
    private static readonly TimeSpan BetweenRedeploys = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenCuts = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromSeconds(1);

    /// <summary>Runs it.</summary>
    /// <param name="options">Quick: three minutes. Rounds: so many minutes.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        TimeSpan time = TimeSpan.FromMinutes(options.Rounds ?? (options.Quick ? 3 : 30));
        using var home = new HostHome();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", home.Path);

        // A version is out of use as soon as the next one calls: within the run, not after an hour.
        Environment.SetEnvironmentVariable("RUNHOUSE__Deployments__Kept", "2");
        Environment.SetEnvironmentVariable("RUNHOUSE__Deployments__Grace", "60s");
        using var first = new SoakBuild(0);
        using var direct = new SoakProcess(first, home.Path, "Auto");
        await direct.Ready;
        await using var proxy = new FaultProxy(new IPEndPoint(IPAddress.Loopback, home.HostPort));
        using HostHome behind = home.Behind(proxy.EndPoint.Port);
        using var steady = new SoakProcess(first, behind.Path, "Relay");
        await steady.Ready;
        var totals = new Totals();
        var usage = new HostUsage(home, steady.Id);
        using var end = new CancellationTokenSource(time);
        int redeploys = 0;
        int kills = 0;
        await Task.WhenAll(
            EveryAsync(BetweenCuts, () => Cut(proxy), end.Token),
            EveryAsync(BetweenKills, async () => kills += await KillAsync(kills), end.Token),
            EveryAsync(BetweenSamples, usage.SampleAsync, end.Token),
            RedeployAsync());
        totals.Add(await direct.EndAsync());
        totals.Add(await steady.EndAsync());
        return
        [
            Figure("minutes", "", time.TotalMinutes),
            Figure("redeploys", "", redeploys),
            Figure("workers killed", "", kills),
            Figure("connections cut", "", proxy.Cuts),
            .. totals.Figures.Select(static figure => Figure(figure.Key, "", figure.Value)),
            .. usage.Rows(Name),
        ];

        // Two callers of each version, one straight to its worker and one through the proxy; those of the version before end when the next ones call.
        async Task RedeployAsync()
        {
            SoakBuild? build = null;
            SoakProcess[] callers = [];
            await EveryAsync(BetweenRedeploys, async () =>
            {
                var next = new SoakBuild(++redeploys);
                SoakProcess[] starting = [new SoakProcess(next, home.Path, "Auto"), new SoakProcess(next, behind.Path, "Relay")];
                await Task.WhenAll(starting.Select(static caller => caller.Ready));
                await StopAsync(callers, build);
                (build, callers) = (next, starting);
            }, end.Token);
            await StopAsync(callers, build);
        }

        async Task StopAsync(SoakProcess[] callers, SoakBuild? build)
        {
            foreach (SoakProcess caller in callers)
            {
                totals.Add(await caller.EndAsync());
                caller.Dispose();
            }

            build?.Dispose();
        }
    }

    /// <summary>Whether a call came to a wrong end, or a line did, or what the host or its callers hold grows.</summary>
    /// <param name="rows">The figures.</param>
    public static bool HasFailed(IReadOnlyList<Row> rows)
        => HostUsage.Grows(rows) || rows.Any(static row => row.Median != 0
            && (row.Metric is "run twice" or "results without a run" or "lines lost" or "lines that came twice"
                || row.Metric.EndsWith(": wrong", StringComparison.Ordinal)

                // Workers are killed here, and none of them ends otherwise.
                || (row.Metric.Contains(nameof(WorkerLostException), StringComparison.Ordinal) && !row.Metric.EndsWith(nameof(WorkerLossReason.Killed), StringComparison.Ordinal))
                || row.Metric.Contains(": untyped", StringComparison.Ordinal)));

    private static Task Cut(FaultProxy proxy)
    {
        if (proxy.Cuts % 2 == 0)
            proxy.Cut();
        else
            proxy.CutAfter(Random.Shared.Next(2_000));
        return Task.CompletedTask;
    }

    // One after the other, those that stand by included.
    private static async Task<int> KillAsync(int turn)
    {
        ClusterStatus status = await Cluster.Local().StatusAsync();
        WorkerStatus[] workers = [.. status.Hosts[0].Status!.Workers.Where(static worker => worker.State is WorkerState.Serving or WorkerState.Standby)];
        if (workers.Length == 0)
            return 0;
        try
        {
            using var process = Process.GetProcessById(workers[turn % workers.Length].ProcessId);
            process.Kill();
            return 1;
        }
        catch (ArgumentException)
        {
            // It has ended since.
            return 0;
        }
    }

    private static async Task EveryAsync(TimeSpan period, Func<Task> act, CancellationToken end)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
                await act();
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    private static Row Figure(string metric, string unit, double value) => Row.Of(Name, "mixed calls", "runhouse", metric, unit, [value]);

    private sealed class Totals
    {
        public SortedDictionary<string, long> Figures { get; } = new(StringComparer.Ordinal);

        public void Add(Dictionary<string, long> figures)
        {
            foreach ((string name, long value) in figures)
                Figures[name] = Figures.GetValueOrDefault(name) + value;
        }
    }
}
