using System.Diagnostics;
using System.Globalization;

namespace Runhouse.Benchmarks;

/// <summary>This project, its peers and the limit in one run: each has a server and a caller in processes of their own, and they take turns in every round.</summary>
internal static class Peers
{
    private const string Name = "peers";

    private static readonly string[] Others = ["orleans", "streamjsonrpc", "signalr", "grpc", "protobuf-net", "http"];

    private static readonly PlannedWorkload[] Plan =
    [
        new("W1 sequential", "W1", 1, 10_000),
        new("W2 64 callers", "W2", 64, 64 * 1_000),
        new("W2 512 callers", "W2", 512, 512 * 150),
        new("W3 1 KB record, 64 callers", "W3", 64, 64 * 300),
        new("W4 16 MB array", "W4", 1, 3),
        new("W4 1 GiB stream of 64 KiB blocks", "W4 stream", 1, 16_384, Every: 2),
        new("W5 stream of integers", "W5", 1, 500_000),
        new("W5 stream of 1 KB records", "W5 records", 1, 20_000),
        new("W6 W1 beside W4", "W6", 1, 4),
        new("W7 1 connection", "W7", 1, 20_000, Every: 3),
        new("W7 100 connections", "W7", 100, 20_000, Every: 3),
        new("W7 1,000 connections", "W7", 1_000, 20_000, Every: 6),
        new("W8 W1 over TLS", "W1", 1, 10_000, IsSecure: true),
        new("W8 W2 over TLS, 64 callers", "W2", 64, 64 * 1_000, IsSecure: true),
    ];

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: three rounds of a third of the calls, this project and the limit alone.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        bool quick = options.Quick;
        PlannedWorkload[] plan = [.. Plan.Where(options.Includes)];
        var series = new Series(Name);
        List<Caller> callers = [];
        List<Caller> secure = [];
        try
        {
            callers.Add(await Caller.StartAsync("raw", ["raw-client", "tcp"]));
            callers.Add(await Caller.StartAsync("raw-unix", ["raw-client", "unix"]));
            callers.Add(await Caller.StartAsync("runhouse", ["runhouse-client"]));
            callers.Add(await Caller.StartAsync("runhouse-relay", ["runhouse-client"], ("RUNHOUSE__Transport", "Relay")));
            foreach (string other in quick ? [] : Others)
                callers.Add(await Caller.StartAsync(other, ["client", other]));
            if (plan.Any(static workload => workload.IsSecure))
            {
                // The worker's own socket is a file of this user; what the product encrypts is the way through the host's port.
                secure.Add(await Caller.StartAsync("raw", ["raw-client", "tls"]));
                secure.Add(await Caller.StartAsync("runhouse", ["runhouse-client"], ("RUNHOUSE__Transport", "Relay"), ("RUNHOUSE__Local__Tls", "true")));
                foreach (string other in quick ? [] : Others)
                    secure.Add(await Caller.StartAsync(other, ["client", other, "tls"]));
            }

            int rounds = quick ? 3 : 7;
            for (int round = -2; round < rounds; round++)
            {
                foreach (PlannedWorkload workload in plan.Where(one => round % one.Every == 0))
                {
                    foreach (Caller caller in workload.IsSecure ? secure : callers)
                    {
                        IReadOnlyDictionary<string, double> figures = await caller.RunAsync(workload.Name, workload.Callers, workload.CallsOf(quick));
                        foreach ((string metric, double value) in figures)
                            series.Add(workload.Title, caller.Name, metric, "", value, counts: round >= 0);
                    }
                }

                Console.Error.WriteLine(round < 0 ? "warm-up round" : string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {rounds}"));
            }
        }
        finally
        {
            foreach (Caller caller in callers.Concat(secure))
                caller.Dispose();
        }

        return [.. series.Rows()];
    }

    /// <summary>A caller's process.</summary>
    private sealed class Caller : IDisposable
    {
        private readonly Process _process;

        private Caller(string name, Process process) => (Name, _process) = (name, process);

        public string Name { get; }

        public static async Task<Caller> StartAsync(string name, string[] arguments, params (string Name, string Value)[] variables)
        {
            var start = new ProcessStartInfo(arguments[0] == "client" ? PeersProgram() : Environment.ProcessPath!, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            foreach ((string variable, string value) in variables)
                start.Environment[variable] = value;
            var caller = new Caller(name, Process.Start(start)!);
            await caller.ReadAsync("ready");
            return caller;
        }

        public async Task<IReadOnlyDictionary<string, double>> RunAsync(string workload, int callers, int calls)
        {
            await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{workload}|{callers}|{calls}"));
            string line = await ReadAsync("figures|");
            return line.Split('|').Skip(1).Where(static pair => pair.Length > 0).Select(static pair => pair.Split('='))
                .ToDictionary(static pair => pair[0], static pair => double.Parse(pair[1], CultureInfo.InvariantCulture));
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
                _process.Kill(entireProcessTree: true);
            _process.Dispose();
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
                    return line;
            }

            throw new InvalidOperationException($"The caller of {Name} ended.");
        }
    }
}
