using System.Diagnostics;
using System.Globalization;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>A caller's process, which has started its server, and other callers of the same server whose start is timed.</summary>
internal sealed class PeerCaller : IDisposable
{
    private const string Ready = "ready ";
    private const string Figures = "figures|";

    private readonly Process _process;
    private readonly Func<string, ProcessStartInfo> _starter;
    private string _address = "";

    private PeerCaller(string name, Process process, Func<string, ProcessStartInfo> starter) => (Name, _process, _starter) = (name, process, starter);

    /// <summary>Whose it is.</summary>
    public string Name { get; }

    /// <summary>The bare socket.</summary>
    /// <param name="name">Its name in the report.</param>
    /// <param name="kind"><c>unix</c>, <c>tcp</c>, or <c>tls</c> over TCP.</param>
    public static Task<PeerCaller> RawAsync(string name, string kind)
        => StartAsync(name, Program(Environment.ProcessPath!, ["raw-client", kind]), static address => Program(Environment.ProcessPath!, ["raw-start", address]));

    /// <summary>Streams without a library, to tell what bounds them.</summary>
    /// <param name="name">Its name in the report.</param>
    /// <param name="arguments">The program that reads them.</param>
    public static Task<PeerCaller> BoundAsync(string name, params string[] arguments)
        => StartAsync(name, Program(Environment.ProcessPath!, arguments), static _ => throw new InvalidOperationException("It has no server that could be called."));

    /// <summary>This project.</summary>
    /// <param name="name">Its name in the report.</param>
    /// <param name="variables">Its configuration.</param>
    public static Task<PeerCaller> RunhouseAsync(string name, params (string Name, string Value)[] variables) => StartAsync(
        name,
        Program(Environment.ProcessPath!, ["runhouse-client"], variables),
        home => Program(Environment.ProcessPath!, ["cold-caller"], [("RUNHOUSE_HOME", home), .. variables]));

    /// <summary>A peer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isSecure">Whether over TLS.</param>
    public static Task<PeerCaller> PeerAsync(string name, bool isSecure) => StartAsync(
        name, Program(PeersProgram(), isSecure ? ["client", name, "tls"] : ["client", name]), address => Program(PeersProgram(), ["start", name, address]));

    /// <summary>Runs a workload; the figures by name.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="quick">Whether a part of the calls is enough.</param>
    public async Task<IReadOnlyDictionary<string, double>> RunAsync(PlannedWorkload workload, bool quick)
    {
        if (workload.Name == PlannedWorkload.Start)
            return new Dictionary<string, double> { ["ms"] = await StartTime.MeasureAsync(_starter(_address)) };
        await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{workload.Name}|{workload.Callers}|{workload.CallsOf(quick)}"));
        string line = await ReadAsync(Figures);
        return line.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(static pair => pair.Split('='))
            .ToDictionary(static pair => pair[0], static pair => double.Parse(pair[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static async Task<PeerCaller> StartAsync(string name, ProcessStartInfo program, Func<string, ProcessStartInfo> starter)
    {
        program.RedirectStandardInput = true;
        program.RedirectStandardOutput = true;
        var caller = new PeerCaller(name, Process.Start(program)!, starter);
        caller._address = await caller.ReadAsync(Ready);
        return caller;
    }

    private static ProcessStartInfo Program(string path, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(path, arguments);
        foreach ((string variable, string value) in variables)
            start.Environment[variable] = value;
        return start;
    }

    // The other project's output lies beside this one's.
    private static string PeersProgram()
    {
        const string Project = "Runhouse.Benchmarks.Peers";
        string output = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string configuration = Path.GetFileName(Path.GetDirectoryName(output)!);
        return Path.GetFullPath(Path.Combine(output, "../../../..", Project, "bin", configuration, Path.GetFileName(output), Project));
    }

    private async Task<string> ReadAsync(string beginning)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return line[beginning.Length..];
        }

        throw new InvalidOperationException($"The caller of {Name} ended.");
    }
}
