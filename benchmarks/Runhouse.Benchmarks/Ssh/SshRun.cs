using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Runhouse.Benchmarks.Workloads;
using Runhouse.Ssh.Network;

namespace Runhouse.Benchmarks.Ssh;

/// <summary>
/// Machines behind SSH: a bare one over a link of 100 Mbit/s and 20 ms there and back, against <c>scp</c> of as many bytes; the next
/// deployment over the same link; and calls through the connection, against a raw socket through OpenSSH's <c>ssh -L</c> without a slow link.
/// </summary>
internal static class SshRun
{
    private const string Name = "ssh";
    private const string Bootstrap = "bare machine, 100 Mbit/s, 20 ms";
    private const string Tunnel = "through the connection";
    private const int Megabits = 100;

    private static readonly Dictionary<string, JsonElement> Summands = new() { ["a"] = JsonElement.Parse("1"), ["b"] = JsonElement.Parse("2") };

    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(20);

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: fewer rounds.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        if (SshMachines.FindObstacle() is { } obstacle)
            throw new InvalidOperationException(obstacle);
        int rounds = options.Rounds ?? (options.Quick ? 2 : 7);
        await using var machines = new SshMachines();
        var account = new SshAccountFiles(machines.Folder, await machines.KeyAsync("id"));
        account.Use();
        var series = new Series(Name);
        if (Includes("bootstrap"))
            await BootstrapAsync(machines, account, series, rounds);
        if (Includes("redeploy"))
            await RedeployAsync(machines, account, series, rounds);
        if (Includes("tunnel"))
            await TunnelAsync(machines, account, series, rounds, options.Quick);
        return [.. series.Rows()];

        bool Includes(string part) => options.Only.Length == 0 || options.Only.Split(',').Contains(part);
    }

    /// <summary>Brings a bare machine up and calls it; says how long each took, from the start of this process on.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="host">Its machine.</param>
    public static async Task<int> CallerAsync(string cluster, string host)
    {
        Cluster machine = Cluster.Ssh(cluster, host);
        await machine.UpIfNotAsync();
        Say("up");
        int sum = await Sums.Remote.On(machine).AddAsync(1, 2);
        Say("result");
        return sum == 3 ? 0 : 1;

        static void Say(string word)
        {
            TimeSpan elapsed = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {elapsed.TotalMilliseconds:R}"));
        }
    }

    private static async Task BootstrapAsync(SshMachines machines, SshAccountFiles account, Series series, int rounds)
    {
        SshTestHost machine = await machines.AddAsync(hasDotnet: false, "Subsystem sftp internal-sftp");
        account.Trust(machine);
        await machine.SlowDownAsync(RoundTrip, loss: 0, Megabits);
        for (int round = 0; round <= rounds; round++)
        {
            // The first one fills the caches of this machine's disk, for both.
            bool counts = round > 0;
            long before = machine.Received;
            using Process caller = Tool.Start(Environment.ProcessPath!, ["ssh-caller", $"bare-{round}", $"ada@{machine.Address}"]);
            double up = await ReadAsync(caller, "up ");
            long bytesUp = machine.Received - before;
            double result = await ReadAsync(caller, "result ");
            long bytes = machine.Received - before;
            await caller.WaitForExitAsync();
            double scp = await CopyAsync(machine, account, bytes);
            series.Add(Bootstrap, "runhouse", "sent until up", "MB", bytesUp / 1e6, counts);
            series.Add(Bootstrap, "runhouse", "sent", "MB", bytes / 1e6, counts);
            series.Add(Bootstrap, "scp", "the same bytes", "ms", scp, counts);
            series.Add(Bootstrap, "runhouse", "to a host that is up", "ms", up, counts);
            series.Add(Bootstrap, "runhouse", "to the first result", "ms", result, counts);
            series.Add(Bootstrap, "ratio", "first result / scp", "x", result / scp, counts);
            await machine.RunAsync("for p in $(pgrep -f 'Runhouse.(Host|Worker)'); do kill -9 $p; done; rm -rf ~ada/.runhouse ~ada/copy");
        }
    }

    private static async Task<double> CopyAsync(SshTestHost machine, SshAccountFiles account, long bytes)
    {
        string file = Path.Combine(account.Folder, "copy");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes((int)bytes));
        long start = Stopwatch.GetTimestamp();
        await Tool.RunAsync("scp", ["-q", "-F", account.ConfigFile, file, $"ada@{machine.Address}:copy"]);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task RedeployAsync(SshMachines machines, SshAccountFiles account, Series series, int rounds)
    {
        SshTestHost machine = await machines.AddAsync(hasDotnet: true);
        account.Trust(machine);
        Cluster cluster = Cluster.Ssh("redeployed", $"ada@{machine.Address}");
        string build = CopyBuild(Path.Combine(account.Folder, "build"));
        await machine.SlowDownAsync(RoundTrip, loss: 0, Megabits);
        for (int round = 0; round <= rounds; round++)
        {
            // Behind its end: what an assembly says does not change by that, and its content does. The first one brings everything.
            await File.AppendAllTextAsync(build, " ");
            long start = Stopwatch.GetTimestamp();
            await using (ClusterApplication application = await cluster.OpenApplicationAsync(new ApplicationChoice { Build = build }))
                await application.CallAsync(application.Find("Sums.AddAsync", [.. Summands.Keys]), Summands);
            series.Add("one assembly changed, 100 Mbit/s, 20 ms", "runhouse", "to the first result", "ms", Stopwatch.GetElapsedTime(start).TotalMilliseconds, round > 0);

            // Nobody edits again within the time that the standby of the next deployment takes to start.
            await Task.Delay(TimeSpan.FromSeconds(3));
        }
    }

    private static string CopyBuild(string folder)
    {
        string own = AppContext.BaseDirectory;
        foreach (string file in Directory.EnumerateFiles(own, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(own, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return Path.Combine(folder, Path.GetFileName(typeof(SshRun).Assembly.Location));
    }

    private static async Task TunnelAsync(SshMachines machines, SshAccountFiles account, Series series, int rounds, bool isQuick)
    {
        int calls = isQuick ? 500 : 4000, arrays = isQuick ? 4 : 16;
        SshTestHost machine = await machines.AddAsync(hasDotnet: true);
        account.Trust(machine);
        await using RawTunnel tunnel = await RawTunnel.OpenAsync(machine, account);
        using RawClient raw = await RawClient.ConnectAsync(tunnel.Address);
        await using EchoRemote echo = await Echo.Remote.On(Cluster.Ssh("tunnelled", $"ada@{machine.Address}")).CreateAsync();
        float[] values = new float[4 << 20];
        for (int round = 0; round <= rounds; round++)
        {
            bool counts = round > 0;
            double[] times = await raw.SequentialAsync(calls, RawServer.CallBytes);
            Array.Sort(times);
            var latencies = new Latencies(calls);
            await latencies.MeasureAsync(until: null, i => echo.AddAsync(i, 1));
            Dictionary<string, double> ofRaw = Latencies.Of(times), own = latencies.Figures();
            foreach (string figure in ofRaw.Keys)
            {
                string[] metric = figure.Split(' ');
                series.Add($"W1 {Tunnel}", "ssh -L", metric[0], metric[1], ofRaw[figure], counts);
                series.Add($"W1 {Tunnel}", "runhouse", metric[0], metric[1], own[figure], counts);
            }

            series.Add($"W1 {Tunnel}", "ratio", "p50 / ssh -L", "x", own["p50 us"] / ofRaw["p50 us"], counts);
            double rawTime = await TimeAsync(() => raw.ArraysAsync(values, arrays));
            double ownTime = await TimeAsync(async () =>
            {
                for (int i = 0; i < arrays; i++)
                    values = await echo.ArrayAsync(values);
            });
            series.Add($"W4 {Tunnel}", "ssh -L", "16 MiB there and back", "ms", rawTime / arrays, counts);
            series.Add($"W4 {Tunnel}", "runhouse", "16 MiB there and back", "ms", ownTime / arrays, counts);
            series.Add($"W4 {Tunnel}", "ratio", "time / ssh -L", "x", ownTime / rawTime, counts);
        }
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<double> ReadAsync(Process caller, string word)
    {
        while (await caller.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(word, StringComparison.Ordinal))
                return double.Parse(line[word.Length..], CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException($"The caller ended: {await caller.StandardError.ReadToEndAsync()}");
    }
}
