using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;
using Runhouse.Host.Tests.Running;
using Runhouse.Integration;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Allocation;

/// <summary>The limit of a worker's memory: by the kernel, where this user may write below its own control group.</summary>
public sealed class MemoryGroupTests
{
    private const string Serve = """say '{"kind":"serving"}'; """;
    private const long LimitBytes = 64 << 20;

    // 64 MiB: half of what the shell below then takes.
    private static readonly WorkerRequest Limited = new() { Memory = "0.0625" };

    private static readonly MemoryGroups.Place? Here = MemoryGroups.Find(File.ReadLines("/proc/self/cgroup"), File.ReadLines("/proc/self/mountinfo"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Acceptance", "17")]
    public async Task A_worker_that_takes_more_than_its_memory_is_ended_by_the_kernel_which_tells_limit_and_peak_and_no_other_notices()
    {
        CanLimit();
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync("mkfifo $directory/go; " + Serve + "echo 'about to eat' >&2; read -r line < $directory/go; x=$(head -c 128M /dev/zero | tr '\\0' x)");
        ConnectReply beside = await host.ConnectAsync(await host.DeployAsync(Serve, "Beside"), Limited with { Memory = "0.25" });
        ConnectReply reply = await host.ConnectAsync(deployment, Limited);
        WorkerStatus before = await host.FateAsync(reply.WorkerId, wait: 0);
        Assert.Equal((LimitBytes, false, false), (before.MemoryLimitBytes, before.IsHeapLimitOnly, before.IsOutOfMemory));
        Assert.True(Directory.Exists(GroupOf(reply.WorkerId)));

        string go = Path.Combine(host.Home, "deployments", deployment.Id, "go");
        await File.WriteAllTextAsync(go, "\n", Stop);

        WorkerStatus fate = await host.FateAsync(reply.WorkerId);
        Assert.Equal((WorkerState.Ended, 9, true), (fate.State, fate.Signal, fate.IsOutOfMemory));
        Assert.Equal(LimitBytes, fate.MemoryLimitBytes);
        Assert.InRange(fate.MemoryPeakBytes!.Value, LimitBytes / 2, LimitBytes);
        Assert.Contains("about to eat", fate.LastOutput);
        Assert.False(Directory.Exists(GroupOf(reply.WorkerId)));
        Assert.Equal([beside.WorkerId], Directory.GetFiles(Path.Combine(host.Home, "memory-groups")).Select(Path.GetFileName));
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(beside.WorkerId, wait: 0)).State);
    }

    [Fact]
    public async Task A_worker_that_somebody_kills_did_not_run_out_of_memory_and_leaves_no_group_and_no_child()
    {
        CanLimit();
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync("sleep 1000 & echo $! > $directory/child; " + Serve);
        ConnectReply reply = await host.ConnectAsync(deployment, Limited);
        int child = int.Parse(await File.ReadAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "child"), Stop), CultureInfo.InvariantCulture);
        Assert.Contains(child.ToString(CultureInfo.InvariantCulture), await File.ReadAllLinesAsync(Path.Combine(GroupOf(reply.WorkerId), "cgroup.procs"), Stop));

        using var process = Process.GetProcessById((await host.FateAsync(reply.WorkerId, wait: 0)).ProcessId);
        process.Kill();
        WorkerStatus fate = await host.FateAsync(reply.WorkerId);
        Assert.Equal((9, false), (fate.Signal, fate.IsOutOfMemory));
        Assert.NotNull(fate.MemoryPeakBytes);

        // A group goes with its last process only, so that the child is gone too.
        Assert.False(Directory.Exists(GroupOf(reply.WorkerId)));
    }

    [Fact]
    public async Task Groups_of_a_host_that_was_killed_are_removed_by_the_next_one_with_what_is_left_in_them()
    {
        CanLimit();
        HostSettings settings = TestHost.NewSettings();
        var folders = new HostFolders(settings.Home);
        folders.Create();
        using Process left = Process.Start(new ProcessStartInfo("sleep", ["1000"]))!;
        MemoryGroup group = Assert.IsType<MemoryGroup>(new MemoryGroups(folders, TimeProvider.System, NullLogger<MemoryGroups>.Instance).TryCreate("0123456789ab", left.Id, LimitBytes));

        await using TestHost host = await TestHost.StartAsync(settings);
        Assert.False(Directory.Exists(group.Folder));
        Assert.Empty(Directory.GetFiles(folders.MemoryGroups));
        await left.WaitForExitAsync(Stop);
    }

    [Fact]
    public async Task Where_no_group_can_be_made_the_heap_alone_is_limited_and_status_and_log_say_so()
    {
        string notes = Directory.CreateTempSubdirectory("rh-groups-").FullName;
        var log = new ListLogger();
        var groups = new MemoryGroups(Path.Combine(notes, "notes"), new MemoryGroups.Place("/proc/self/fdinfo", MemoryGroupFiles.Version1), TimeProvider.System, log);
        var limit = new Workers.MemoryLimit("w", Environment.ProcessId, LimitBytes, groups);
        Assert.Equal((true, LimitBytes, LimitBytes, null), (limit.IsHeapOnly, limit.Bytes, limit.HeapBytes, limit.PeakBytes));
        _ = new Workers.MemoryLimit("v", Environment.ProcessId, LimitBytes, groups);
        Assert.Contains("heap limit alone", Assert.Single(log.Lines.Distinct()), StringComparison.Ordinal);
        Assert.False(limit.End());
        await limit.RemoveAsync();
        Directory.Delete(notes, recursive: true);
    }

    [Fact]
    public void The_second_version_of_control_groups_is_written_and_read_by_its_own_names()
    {
        string folder = Directory.CreateTempSubdirectory("rh-groups-").FullName;
        File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), "cpu memory pids\n");
        var groups = new MemoryGroups(Path.Combine(folder, "notes"), new MemoryGroups.Place(folder, MemoryGroupFiles.Version2), TimeProvider.System, NullLogger.Instance);
        MemoryGroup group = Assert.IsType<MemoryGroup>(groups.TryCreate("w", 4711, LimitBytes));
        Assert.Equal("67108864", File.ReadAllText(Path.Combine(group.Folder, "memory.max")));
        Assert.Equal("4711", File.ReadAllText(Path.Combine(group.Folder, "cgroup.procs")));
        Assert.Null(group.ReadPeak());
        Assert.Equal(0, group.ReadKills());
        File.WriteAllText(Path.Combine(group.Folder, "memory.peak"), "66000000\n");
        File.WriteAllText(Path.Combine(group.Folder, "memory.events"), "low 0\nhigh 0\nmax 33\noom 2\noom_kill 1\noom_group_kill 0\n");
        Assert.Equal(66_000_000, group.ReadPeak());
        Assert.Equal(1, group.ReadKills());

        // What was ended in groups below it counts in the first file alone.
        File.WriteAllText(Path.Combine(group.Folder, "memory.events.local"), "low 0\nhigh 0\nmax 33\noom 2\noom_kill 0\noom_group_kill 0\n");
        Assert.Equal(0, group.ReadKills());

        Assert.Null(groups.OwnLimitBytes);
        File.WriteAllText(Path.Combine(folder, "memory.max"), "max\n");
        Assert.Null(groups.OwnLimitBytes);
        File.WriteAllText(Path.Combine(folder, "memory.max"), "1000\n");
        Assert.Equal(1000, groups.OwnLimitBytes);
        Assert.False(groups.HasKilledLately());
        File.WriteAllText(Path.Combine(folder, "memory.events"), "oom_kill 3\n");
        Assert.True(groups.HasKilledLately());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void What_the_kernel_ends_in_a_workers_group_is_not_taken_for_a_process_of_the_hosts_own()
    {
        var time = new FakeTimeProvider();
        string folder = Directory.CreateTempSubdirectory("rh-groups-").FullName;
        string own = Directory.CreateDirectory(Path.Combine(folder, "runhouse-host")).FullName;
        Write(folder, "memory.events", 0);
        Write(folder, "memory.events.local", 0);
        Write(own, "memory.events", 0);
        Write(own, "memory.events.local", 0);
        var groups = new MemoryGroups(Path.Combine(folder, "notes"), new MemoryGroups.Place(folder, MemoryGroupFiles.Version2), time, NullLogger.Instance);

        // As the kernel counts what it ends in a worker's group: there, and in all above.
        Write(folder, "memory.events", 1);
        Assert.False(groups.HasKilledLately());

        Write(folder, "memory.events", 2);
        Write(own, "memory.events", 1);
        Write(own, "memory.events.local", 1);
        Assert.True(groups.HasKilledLately());
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(groups.HasKilledLately());
        Directory.Delete(folder, recursive: true);

        static void Write(string folder, string file, int kills) => File.WriteAllText(Path.Combine(folder, file), $"low 0\noom_kill {kills}\n");
    }

    [Fact]
    [Acceptance(17)]
    public async Task A_worker_that_the_host_ends_did_not_run_out_of_memory_though_one_of_its_processes_did()
    {
        CanLimit();
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync("(x=$(head -c 128M /dev/zero | tr '\\0' x)); " + Serve), Limited);
        Assert.True(new MemoryGroup(GroupOf(reply.WorkerId), MemoryGroupFiles.Version1).ReadKills() > 0);

        (await host.Client.DeleteAsync($"/v1/workers/{reply.WorkerId}", Stop)).EnsureSuccessStatusCode();

        WorkerStatus fate = await host.FateAsync(reply.WorkerId);
        Assert.Equal((9, false, true), (fate.Signal, fate.IsOutOfMemory, fate.IsEndedOnRequest));
    }

    [Fact]
    public async Task What_a_worker_held_is_free_when_a_step_behind_its_end_fails()
    {
        CanLimit();
        await using TestHost host = await TestHost.StartAsync();
        var all = new WorkerRequest { Cpus = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), Memory = "0.0625" };
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve), all);

        // The note of its group cannot be deleted.
        string note = Path.Combine(host.Home, "memory-groups", reply.WorkerId);
        File.Delete(note);
        Directory.CreateDirectory(Path.Combine(note, "in-the-way"));
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"/v1/workers/{reply.WorkerId}", Stop)).StatusCode);

        Assert.Equal(WorkerState.Ended, (await host.FateAsync(reply.WorkerId)).State);
        ConnectReply next = await host.ConnectAsync(await host.DeployAsync(Serve, "Next"), all with { WaitSeconds = 60 });
        Assert.NotEqual(reply.WorkerId, next.WorkerId);
        Assert.Contains(
            $"Worker {reply.WorkerId} has ended, and the group that limits its memory could not be cleared up", await File.ReadAllTextAsync(Path.Combine(host.Home, "logs", "host.log"), Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4:memory:/a/b", "34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory", "/sys/fs/cgroup/memory/a/b")]
    [InlineData("4:memory:/docker/77", "34 30 0:31 /docker/77 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory", "/sys/fs/cgroup/memory")]
    [InlineData("4:cpu,memory:/", "34 30 0:31 / /cg rw shared:9 - cgroup none rw,cpu,memory", "/cg")]
    [InlineData("0::/user.slice/x.service", "40 30 0:37 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate", "/sys/fs/cgroup/user.slice/x.service")]
    [InlineData("0::/../elsewhere", "40 30 0:37 /here /sys/fs/cgroup rw - cgroup2 cgroup2 rw", null)]
    [InlineData("4:memory:/a", "33 30 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", null)]
    [InlineData("", "", null)]
    public void The_hosts_own_group_is_found_where_it_is_mounted(string own, string mount, string? folder)
        => Assert.Equal(folder, MemoryGroups.Find([own], [mount])?.Folder);

    private static string GroupOf(string worker) => Path.Combine(Here!.Folder, "runhouse-" + worker);

    private static void CanLimit()
    {
        bool can = false;
        try
        {
            if (Here is not null && Here.Files == MemoryGroupFiles.Version1)
            {
                string trial = Path.Combine(Here.Folder, "runhouse-trial-" + Guid.NewGuid().ToString("N"));
                Directory.CreateDirectory(trial);
                Directory.Delete(trial);
                can = true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Said below.
        }

        Assert.SkipUnless(can, "This user may not make control groups below its own one, or shares it with others where that forbids it (version 2).");
    }
}
