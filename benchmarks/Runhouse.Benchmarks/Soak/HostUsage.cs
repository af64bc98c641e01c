using System.Diagnostics;
using System.Globalization;
using Runhouse.Benchmarks.Workloads;
using Runhouse.Ssh.Network;

namespace Runhouse.Benchmarks.Soak;

/// <summary>What a host and a caller hold over time: memory, open files, threads, disk.</summary>
/// <param name="home">The host's folder.</param>
/// <param name="caller">The caller's process id.</param>
internal sealed class HostUsage(HostHome home, int caller)
{
    private const string Middle = "sixth tenth of the time";
    private const string Late = "last tenth of the time";
    private const double MostGrowth = 1.25;

    private readonly List<(double HostMiB, double CallerMiB, double Files, double CallerFiles, double Threads, double Children, double DiskMiB)> _samples = [];

    /// <summary>Looks once.</summary>
    public async Task SampleAsync()
    {
        int host = home.HostProcessId!.Value;
        using var process = Process.GetProcessById(host);
        _samples.Add((
            Memory.Of([host]) / 1048576.0,
            Memory.Of([caller]) / 1048576.0,
            FilesOf(host),
            FilesOf(caller),
            process.Threads.Count,
            ChildrenOf(host),
            await DiskMiBAsync(home.Path)));
    }

    /// <summary>
    /// The second tenth of the time, its sixth and its last, by their medians: what comes before the first of them are caches and pools, and between the first two come the hundred workers of which
    /// a host remembers the end.
    /// </summary>
    /// <param name="benchmark">The benchmark's name.</param>
    public IEnumerable<Row> Rows(string benchmark)
    {
        int tenth = Math.Max(1, _samples.Count / 10);
        var early = _samples.Skip(tenth).Take(tenth).ToList();
        var middle = _samples.Skip(5 * tenth).Take(tenth).ToList();
        var late = _samples.TakeLast(tenth).ToList();
        (string Metric, string Unit, Func<(double HostMiB, double CallerMiB, double Files, double CallerFiles, double Threads, double Children, double DiskMiB), double> Of)[] metrics =
        [
            ("host, memory", "MiB", static sample => sample.HostMiB),
            ("host, open files", "", static sample => sample.Files),
            ("host, threads", "", static sample => sample.Threads),
            ("host, its processes", "", static sample => sample.Children),
            ("host, disk", "MiB", static sample => sample.DiskMiB),
            ("steady caller, memory", "MiB", static sample => sample.CallerMiB),
            ("steady caller, open files", "", static sample => sample.CallerFiles),
        ];
        foreach ((string metric, string unit, var of) in metrics)
        {
            yield return Row.Of(benchmark, "second tenth of the time", "runhouse", metric, unit, early.Select(of));
            yield return Row.Of(benchmark, Middle, "runhouse", metric, unit, middle.Select(of));
            yield return Row.Of(benchmark, Late, "runhouse", metric, unit, late.Select(of));
        }
    }

    /// <summary>Whether something that is held grows still in the second half of the time, by more than it goes up and down: a quarter.</summary>
    /// <param name="rows">The figures.</param>
    public static bool Grows(IReadOnlyList<Row> rows) => rows.Where(static row => row.Workload == Late)
        .Any(late => rows.Single(row => row.Workload == Middle && row.Metric == late.Metric).Median * MostGrowth < late.Median);

    // The system lists a child with the thread that started it.
    private static int ChildrenOf(int process)
        => Directory.GetDirectories($"/proc/{process}/task").Where(static task => File.Exists(task + "/children")).Sum(static task => File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);

    private static int FilesOf(int process) => Directory.GetFiles($"/proc/{process}/fd").Length;

    // As the disk has it: deployments are links to contents. Files come and go while they are counted, of which the tool complains.
    private static async Task<double> DiskMiBAsync(string folder)
        => double.Parse((await Tool.RunAsync("sh", ["-c", $"du -sk {folder} 2>&- || true"])).Split('\t')[0], CultureInfo.InvariantCulture) / 1024;
}
