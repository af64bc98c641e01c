using System.Globalization;
using System.Text.Json;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>Workers that end in every way there is, on a host with three deployments.</summary>
public sealed class FaultTests(LocalHost host) : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("rhi-").FullName;

    private Dictionary<string, string> OwnHost => new() { ["RUNHOUSE_HOME"] = _home, ["RUNHOUSE__Limits__HangGraceSeconds"] = "10" };

    private string HostFile => Path.Combine(_home, "local", "host.json");

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(HostFile))
        {
            using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(HostFile));
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{file.RootElement.GetProperty("port").GetInt32()}/") };
            client.DefaultRequestHeaders.Authorization = new("Bearer", file.RootElement.GetProperty("token").GetString());
            using HttpResponseMessage reply = await client.PostAsync("v1/stop", null);
            await EndOfAsync(file.RootElement.GetProperty("pid").GetInt32());
        }

        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    [Acceptance(18)]
    public Task Whichever_way_a_worker_ends_its_callers_know_at_once_and_two_deployments_beside_it_notice_nothing() => DieAsync(
        [
            ("exception", "Crashed, exit code , signal 6, said why"),
            ("fail-fast", "Crashed, exit code , signal 6, said why"),
            ("stack-overflow", "Crashed, exit code , signal 6, said why"),
            ("abort", "Crashed, exit code , signal 6, said why"),
            ("exit", "Crashed, exit code 3, signal , said why"),
            ("kill", "Killed, exit code , signal 9, said why"),
            ("hang", "Hung, exit code , signal 9, said why, in Deaths.Hang"),
            ("spin", "Hung, exit code , signal 9, said why, in Deaths.SpinAsync"),
        ]);

    [Fact]
    [Acceptance(17)]
    public async Task A_worker_that_the_kernel_ends_for_its_memory_under_64_calls_tells_them_so_and_two_deployments_beside_it_notice_nothing()
    {
        Assert.Equal(8, await Needy.Remote.TakeNativeAsync(8));
        JsonElement limited = (await host.StatusAsync()).GetProperty("workers").EnumerateArray()
            .First(static worker => worker.GetProperty("memoryGiB").GetDouble() == 0.25 && worker.GetProperty("state").GetString() == "Serving");
        Assert.SkipWhen(limited.GetProperty("isHeapLimitOnly").GetBoolean(), "The host's control group cannot be written here, so that the kernel limits nothing.");
        await DieAsync([("out-of-memory", "OutOfMemory, exit code , signal 9, said why")]);
    }

    [Fact]
    public async Task A_call_that_was_lost_runs_again_if_it_is_idempotent_and_just_once_if_it_is_not()
    {
        string key = Path.GetFileName(_home);
        try
        {
            (int exitCode, string[] lines) = await host.CallerOfAnotherBuildInAsync(OwnHost, "retry", key);
            Assert.Equal(["idempotent 3", "stream 3", "not idempotent lost", "not retried lost"], lines);
            Assert.Equal(0, exitCode);
            Assert.Equal([3, 3, 1, 1], "abcd".Select(one => new FileInfo(CountFile(key, one)).Length));
        }
        finally
        {
            foreach (char one in "abcd")
                File.Delete(CountFile(key, one));
        }
    }

    [Fact]
    [Acceptance(18)]
    public async Task A_host_that_is_killed_takes_its_workers_and_all_that_they_started_along_and_the_next_one_serves()
    {
        (_, string[] first) = await host.CallerInAsync(OwnHost, "start-process");
        int[] processes = [.. first.Select(static line => int.Parse(line, CultureInfo.InvariantCulture))];
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(HostFile));
        using (var killed = System.Diagnostics.Process.GetProcessById(file.RootElement.GetProperty("pid").GetInt32()))
            killed.Kill();
        foreach (int process in processes)
            await EndOfAsync(process);

        (int exitCode, string[] second) = await host.CallerInAsync(OwnHost, "start-process");
        Assert.Equal(0, exitCode);
        Assert.Empty(first.Intersect(second));

        // The sockets of one worker: those of the first went with it.
        Assert.Single(Directory.GetFiles(Path.Combine(_home, "local", "workers")).Select(static socket => Path.GetFileName(socket).Split('.')[0]).Distinct());
    }

    [Fact]
    [Acceptance(8)]
    public async Task Remote_code_starts_processes_of_the_operating_system()
    {
        Assert.Equal("0 hello", await Deaths.Remote.RunProcessAsync("echo", "hello"));
        Assert.Equal("1", (await Deaths.Remote.RunProcessAsync("false", "")).Trim());
        int child = await Deaths.Remote.StartProcessAsync();
        using var process = System.Diagnostics.Process.GetProcessById(child);
        Assert.Equal("sleep", process.ProcessName);
        process.Kill();
    }

    private async Task DieAsync((string Way, string Outcome)[] ways)
    {
        string stop = Path.Combine(_home, "stop");
        Task<(int ExitCode, string[] Lines)>[] beside =
        [
            host.CallerInAsync(OwnHost, "beside", Path.Combine(_home, "ready-1"), stop),
            host.CallerOfAnotherBuildInAsync(OwnHost, "beside", Path.Combine(_home, "ready-2"), stop),
        ];
        await Eventually.IsTrueAsync(() => Task.FromResult(beside.Any(static one => one.IsCompleted) || (File.Exists(Path.Combine(_home, "ready-1")) && File.Exists(Path.Combine(_home, "ready-2")))));

        (int exitCode, string[] lines) = await host.CallerOfAnotherBuildInAsync(OwnHost, ["die", .. ways.Select(static one => one.Way)]);
        await File.WriteAllTextAsync(stop, "");

        Assert.Equal(
            ways.SelectMany(static one => (string[])[$"{one.Way}: 64 times WorkerLostException {one.Outcome}", $"{one.Way}: then another worker"]),
            lines.Where(static line => line.Contains(": 64 times ", StringComparison.Ordinal) || line.Contains(": then ", StringComparison.Ordinal)));
        Assert.Equal(0, exitCode);
        int[] children = [.. lines.Where(static line => line.Contains(": child ", StringComparison.Ordinal)).Select(static line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture))];
        Assert.Equal(ways.Length, children.Length);
        foreach (int child in children)
            await EndOfAsync(child);
        foreach ((int code, string[] counted) in await Task.WhenAll(beside))
        {
            Assert.True(code == 0, string.Join("\n", counted));
            Assert.Matches("^([0-9]+) calls, \\1 results, value \\1$", counted[^1]);
        }
    }

    private static string CountFile(string key, char one) => Path.Combine(Path.GetTempPath(), $"rh-count-{key}-{one}");

    // Whoever adopts an orphan may take a moment to take note of its end.
    private static Task EndOfAsync(int process) => Eventually.IsTrueAsync(async () => !File.Exists($"/proc/{process}/stat") || await IsZombieAsync(process));

    private static async Task<bool> IsZombieAsync(int process)
    {
        try
        {
            return (await File.ReadAllTextAsync($"/proc/{process}/stat")).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
