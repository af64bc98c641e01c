using System.Diagnostics;
using System.Globalization;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Host.Workers;
using Runhouse.Integration;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Workers that end badly, or do not end: what the host does about them, and what is left.</summary>
public sealed class WorkerFaultTests
{
    private const string Serve = """say '{"kind":"serving"}'""";

    [Theory]
    [Acceptance(18)]
    [InlineData("kill -KILL $$")]
    [InlineData("exit 0")]
    public async Task What_a_worker_has_started_and_what_its_runtime_left_go_with_it(string end)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The host asks Linux when a process was started.");
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync($$"""
            sleep 1000 &
            start=$(cut -d ' ' -f 22 /proc/$$/stat)
            touch "{{Path.GetTempPath()}}/dotnet-diagnostic-$$-$start-socket" "{{Path.GetTempPath()}}/clr-debug-pipe-$$-$start-in" "{{Path.GetTempPath()}}/clr-debug-pipe-$$-$start-out"
            echo "$$-$start $!" > "$directory/left"
            mkfifo "$directory/go"
            {{Serve}}
            read -r line < "$directory/go"
            {{end}}
            """);
        ConnectReply reply = await host.ConnectAsync(deployment);
        string folder = Path.Combine(host.Home, "deployments", deployment.Id);
        string[] left = (await File.ReadAllTextAsync(Path.Combine(folder, "left"))).Split();
        Assert.Equal(3, FilesOf(left[0]).Length);

        await File.WriteAllTextAsync(Path.Combine(folder, "go"), "go\n");
        await host.FateAsync(reply.WorkerId);

        Assert.Empty(FilesOf(left[0]));
        Assert.False(File.Exists(reply.SocketPath));
        await EndOfAsync(int.Parse(left[1], CultureInfo.InvariantCulture));
        File.Delete(Path.Combine(folder, "go"));
    }

    [Fact]
    [Acceptance(18)]
    public async Task A_worker_that_is_stopped_is_ended_and_neither_a_live_one_nor_a_debugged_one_is()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { Limits = new WireLimits { HangGraceSeconds = 5 } });
        ConnectReply alive = await host.ConnectAsync(await host.DeployAsync(Serve, "Alive"));
        ConnectReply debugged = await host.ConnectAsync(await host.DeployAsync(
            $$"""{{Serve}}; on_ping() { say '{"kind":"alive","isDebugged":true}'; on_ping() { :; }; }""", "Debugged"));
        ConnectReply stopped = await host.ConnectAsync(await host.DeployAsync($"{Serve}; kill -STOP $$", "Stopped"));

        WorkerStatus fate = await host.FateAsync(stopped.WorkerId);

        Assert.Equal((WorkerState.Ended, 9), (fate.State, fate.Signal));
        Assert.Contains("gave no sign of life for", fate.Hang, StringComparison.Ordinal);
        Assert.EndsWith(", as it was stopped by a signal", fate.Hang, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(alive.WorkerId, wait: 0)).State);
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(debugged.WorkerId, wait: 0)).State);
    }

    [Fact]
    [Acceptance(18)]
    public async Task A_worker_that_says_that_it_hangs_is_ended_and_its_fate_says_in_what()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync($$"""echo stacks >&2; {{Serve}}; say '{"kind":"hung","cause":"App.Spin"}'"""));

        WorkerStatus fate = await host.FateAsync(reply.WorkerId);

        Assert.Equal((WorkerState.Ended, 9, "App.Spin"), (fate.State, fate.Signal, fate.Hang));
        Assert.Equal(["stacks"], fate.LastOutput);
    }

    [Fact]
    public async Task Two_hundred_deaths_leave_nothing_behind_and_the_host_as_large_as_it_was()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process holds is read from /proc.");
        await using TestHost host = await TestHost.StartProcessAsync();
        TestDeployment deployment = await host.DeployAsync($$"""
            for line in 1 2 3 4 5 6 7 8 9 10; do echo "a line of output, $line" >&2; done
            sleep 1000 &
            {{Serve}}
            """);

        // The host remembers the last hundred, with their output: from then on it does not grow.
        var groups = new HashSet<int>();
        await DieAsync(110);
        (int Descriptors, long Memory) before = Measure(host.Process);
        await DieAsync(90);
        (int descriptors, long memory) = Measure(host.Process);

        Assert.InRange(descriptors, 0, before.Descriptors + 10);

        // A collector that takes its time is no growth: what each death leaves behind is more again after the next ones.
        for (int again = 0; again < 2 && memory > before.Memory + (8L << 20); again++)
        {
            before = (before.Descriptors, memory);
            await DieAsync(90);
            (_, memory) = Measure(host.Process);
        }

        Assert.InRange(memory, 0, before.Memory + (8L << 20));
        int[] left = [.. Directory.GetDirectories("/proc").Select(GroupOf).Intersect(groups)];
        Assert.Empty(left);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.Home, "workers")));
        Assert.InRange(Directory.GetFiles(Path.Combine(host.Home, "logs"), "worker-*").Length, 0, 102);

        async Task DieAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                ConnectReply reply = await host.ConnectAsync(deployment);
                int id = (await host.FateAsync(reply.WorkerId, wait: 0)).ProcessId;
                groups.Add(id);
                using (Process process = Process.GetProcessById(id))
                    process.Kill();
                Assert.Equal(9, (await host.FateAsync(reply.WorkerId)).Signal);
            }
        }
    }

    [Fact]
    public void Silence_is_counted_only_while_the_host_runs_and_ends_with_an_answer()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        TimeSpan period = TimeSpan.FromSeconds(5);
        var life = new Liveness(time);
        Assert.Equal((TimeSpan.Zero, true), Look(period));
        Assert.Equal((period, false), Look(period));

        // The machine was suspended for an hour: that was not the worker's silence.
        Assert.Equal((3 * period, false), Look(TimeSpan.FromHours(1)));
        life.OnAnswer(isDebugged: true);
        Assert.True(life.IsDebugged);
        Assert.Equal((TimeSpan.Zero, true), Look(period));
        Assert.Equal((period, false), Look(period));

        (TimeSpan, bool) Look(TimeSpan elapsed)
        {
            time.Advance(elapsed);
            TimeSpan silence = life.Look(period, out bool ask);
            return (silence, ask);
        }
    }

    private static string[] FilesOf(string process)
        => [.. Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*"), .. Directory.GetFiles(Path.GetTempPath(), $"clr-debug-pipe-{process}-*")];

    private static async Task EndOfAsync(int process)
    {
        // Its parent has ended: whoever adopts it may take a moment to take note of the end.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (File.Exists($"/proc/{process}/stat") && !(await File.ReadAllTextAsync($"/proc/{process}/stat")).Contains(") Z ", StringComparison.Ordinal))
            await timer.WaitForNextTickAsync(patience.Token);
    }

    private static (int Descriptors, long Memory) Measure(Process host)
    {
        host.Refresh();
        return (Directory.GetFiles($"/proc/{host.Id}/fd").Length, host.WorkingSet64);
    }

    /// <summary>The group of a process that has not ended; 0 for none.</summary>
    private static int GroupOf(string folder)
    {
        try
        {
            string stat = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) ? File.ReadAllText(Path.Combine(folder, "stat")) : "";
            return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [not "Z", _, { } group, ..]
                ? int.Parse(group, CultureInfo.InvariantCulture)
                : 0;
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }
}
