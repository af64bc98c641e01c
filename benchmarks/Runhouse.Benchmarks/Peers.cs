using System.Globalization;

namespace Runhouse.Benchmarks;

/// <summary>This project, its peers and the limit in one run: each has a server and a caller in processes of their own, and they take turns in every round.</summary>
internal static class Peers
{
    private const string Name = "peers";
    private const string WithoutLogs = "runhouse-quiet";

    /// <summary>What bounds a stream, and the programs that measure it.</summary>
    private static readonly (string Name, string[] Program)[] Bounds =
    [
        ("raw-packed", ["raw-client", "packed"]),
        ("raw-memory", ["memory-client"]),
        ("raw-local", ["local-client"]),
    ];

    private static readonly string[] Others = ["orleans", "streamjsonrpc", "signalr", "grpc", "protobuf-net", "http"];

    private static readonly PlannedWorkload[] Plan =
    [
        new("W1 sequential", "W1", 1, 10_000, AlsoWithoutLogs: true),
        new("W2 64 callers", "W2", 64, PlannedWorkload.ForATime, AlsoWithoutLogs: true),
        new("W2 512 callers", "W2", 512, PlannedWorkload.ForATime),
        new("W3 1 KB record, 64 callers", "W3", 64, PlannedWorkload.ForATime),
        new("W4 16 MB array", "W4", 1, 3),
        new("W4 1 GiB stream of 64 KiB blocks", "W4 stream", 1, 16_384, IsStream: true),
        new("W5 stream of integers", "W5", 1, 1_000_000, IsStream: true),
        new("W5 stream of 1 KB records", "W5 records", 1, 20_000, IsStream: true),
        new("W6 W1 beside W4", "W6", 1, 4),
        new("W7 1 connection", "W7", 1, 20_000, Every: 3),
        new("W7 100 connections", "W7", 100, 20_000, Every: 3),
        new("W7 1,000 connections", "W7", 1_000, 20_000, Every: 6),
        new("W8 W1 over TLS", "W1", 1, 10_000, IsSecure: true),
        new("W8 W2 over TLS, 64 callers", "W2", 64, PlannedWorkload.ForATime, IsSecure: true),
        new("Start to first call", PlannedWorkload.Start, 1, 1),
    ];

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: three rounds of a third of the calls, this project and the limit alone.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        PlannedWorkload[] plan = [.. Plan.Where(options.Includes)];
        string[] others = options.Quick ? [] : Others;
        var series = new Series(Name);
        List<PeerCaller> callers = [];
        List<PeerCaller> secure = [];
        try
        {
            if (plan.Any(static workload => !workload.IsSecure))
            {
                callers.Add(await PeerCaller.RawAsync("raw", "tcp"));
                callers.Add(await PeerCaller.RawAsync("raw-unix", "unix"));
                if (plan.Any(static workload => workload.IsStream))
                {
                    foreach ((string name, string[] program) in Bounds)
                        callers.Add(await PeerCaller.BoundAsync(name, program));
                }

                callers.Add(await PeerCaller.RunhouseAsync("runhouse"));
                callers.Add(await PeerCaller.RunhouseAsync("runhouse-relay", ("RUNHOUSE__Transport", "Relay")));
                if (plan.Any(static workload => workload.AlsoWithoutLogs))
                    callers.Add(await PeerCaller.RunhouseAsync(WithoutLogs, ("RUNHOUSE__Calls__StreamLogs", "false")));
                foreach (string other in others)
                    callers.Add(await PeerCaller.PeerAsync(other, isSecure: false));
            }

            if (plan.Any(static workload => workload.IsSecure))
            {
                // The worker's own socket is a file of this user; what the product encrypts is the way through the host's port.
                secure.Add(await PeerCaller.RawAsync("raw", "tls"));
                secure.Add(await PeerCaller.RunhouseAsync("runhouse", ("RUNHOUSE__Transport", "Relay"), ("RUNHOUSE__Local__Tls", "true")));
                foreach (string other in others)
                    secure.Add(await PeerCaller.PeerAsync(other, isSecure: true));
            }

            int rounds = options.Rounds ?? (options.Quick ? 3 : 7);
            for (int round = -2; round < rounds; round++)
            {
                foreach (PlannedWorkload workload in plan.Where(one => one.IsIn(round)))
                {
                    foreach (PeerCaller caller in workload.IsSecure ? secure : callers)
                    {
                        if ((caller.Name == WithoutLogs && !workload.AlsoWithoutLogs) || (Bounds.Any(bound => bound.Name == caller.Name) && !workload.IsStream))
                            continue;
                        foreach ((string metric, double value) in await caller.RunAsync(workload, options.Quick))
                            series.Add(workload.Title, caller.Name, metric, "", value, counts: round >= 0);
                    }
                }

                Console.Error.WriteLine(round < 0 ? "warm-up round" : string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {rounds}"));
            }
        }
        finally
        {
            foreach (PeerCaller caller in callers.Concat(secure))
                caller.Dispose();
        }

        return [.. series.Rows()];
    }
}
