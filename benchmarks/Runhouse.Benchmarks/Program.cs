using System.Globalization;
using Runhouse.Benchmarks;
using Runhouse.Benchmarks.Faults;
using Runhouse.Benchmarks.Redeploy;
using Runhouse.Benchmarks.Simulate;
using Runhouse.Benchmarks.Soak;
using Runhouse.Benchmarks.Ssh;

// Some of the names are processes of the benchmarks themselves: the raw servers, the callers, and the caller whose start is timed.
return args switch
{
    ["raw-server", var kind] => RawServer.Run(kind),
    ["raw-client", var kind] => await RawWorkloads.CallAsync(kind),
    ["memory-server", var path] => MemoryWorkloads.Serve(path),
    ["memory-client"] => await MemoryWorkloads.CallAsync(),
    ["local-client"] => await LocalWorkloads.CallAsync(),
    ["runhouse-client"] => await RunhousePeer.CallAsync(),
    ["raw-start", var address] => await RawWorkloads.StartAsync(address),
    ["faults-caller", var calls, var streams] => await FaultyCaller.RunAsync(int.Parse(calls, CultureInfo.InvariantCulture), int.Parse(streams, CultureInfo.InvariantCulture)),
    ["soak-caller", var ledger] => await SoakCaller.RunAsync(ledger),
    ["cold-caller"] => await ColdStart.CallerAsync(),
    ["ssh-caller", var cluster, var host] => await SshRun.CallerAsync(cluster, host),
    ["coldstart", .. var options] => await MeasureAsync(ColdStart.RunAsync, options),
    ["peers", .. var options] => await MeasureAsync(Peers.RunAsync, options),
    ["faults", .. var options] => await MeasureAsync(FaultRun.RunAsync, options, FaultRun.HasFailed),
    ["deaths", .. var options] => await MeasureAsync(DeathRun.RunAsync, options),
    ["redeploy", .. var options] => await MeasureAsync(RedeployRun.RunAsync, options),
    ["soak", .. var options] => await MeasureAsync(SoakRun.RunAsync, options, SoakRun.HasFailed),
    ["ssh", .. var options] => await MeasureAsync(SshRun.RunAsync, options),
    ["idle", .. var options] => await MeasureAsync(IdleWorker.RunAsync, options),
    ["simulate", .. var options] => await MeasureAsync(SimulateRun.RunAsync, options),
    ["simulate-trace", var file] => await SimulateRun.WriteTraceAsync(file),
    ["calls", .. var options] => await MeasureAsync(Calls.RunAsync, options),
    _ => Usage(),
};

static async Task<int> MeasureAsync(Func<BenchmarkOptions, Task<IReadOnlyList<Row>>> benchmark, string[] options, Func<IReadOnlyList<Row>, bool>? hasFailed = null)
{
    bool quick = false;
    string only = "";
    int? rounds = null;
    string? json = null;
    string? results = null;
    for (int i = 0; i < options.Length; i++)
    {
        switch (options[i])
        {
            case "--quick":
                quick = true;
                break;
            case "--only" when i + 1 < options.Length:
                only = options[++i];
                break;
            case "--rounds" when i + 1 < options.Length && int.TryParse(options[i + 1], out int number):
                rounds = number;
                i++;
                break;
            case "--json" when i + 1 < options.Length:
                json = options[++i];
                break;
            case "--results" when i + 1 < options.Length:
                results = options[++i];
                break;
            default:
                return Usage();
        }
    }

    string machine = $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}";
    Console.WriteLine(machine);
    var started = DateTimeOffset.Now;
    IReadOnlyList<Row> rows = await benchmark(new BenchmarkOptions(quick, only, rounds));
    Report.Print(rows);
    if (json is not null)
        Report.Write(json, rows);
    if (results is not null)
        PeerReport.Write(results, string.Create(CultureInfo.InvariantCulture, $"{started:d MMMM yyyy}, {machine}"), rows);
    return hasFailed?.Invoke(rows) == true ? 1 : 0;
}

static int Usage()
{
    Console.Error.WriteLine("usage: Runhouse.Benchmarks coldstart|calls|deaths|idle|faults|peers|redeploy|simulate|soak|ssh [--quick] [--only WORKLOAD,...] [--rounds N] [--json FILE] [--results FOLDER]\n       Runhouse.Benchmarks simulate-trace FILE");
    return 2;
}
