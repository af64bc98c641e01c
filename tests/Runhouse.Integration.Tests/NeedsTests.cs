using System.Text.Json;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>What code needs chooses its worker, and limits it.</summary>
public sealed class NeedsTests(LocalHost host)
{
    private const long Mebibyte = 1 << 20;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Acceptance(7)]
    public async Task Code_with_equal_needs_shares_a_worker_and_calls_from_there_what_needs_less_in_place()
    {
        int plain = await Jobs.Remote.ProcessIdAsync();
        int one = await Needy.Remote.ProcessIdAsync();
        Assert.NotEqual(plain, one);
        Assert.Equal(one, await Needy.Remote.ProcessIdAsync());
        Assert.Equal(one, await Jobs.Remote.Needing(Resources.Parse(cpus: "1")).ProcessIdAsync());
        Assert.Equal(plain, await Needy.Remote.Needing(Resources.None).ProcessIdAsync());
        Assert.Equal(plain, await Jobs.Remote.ProcessIdAsync());

        int[] nested = await Needy.Remote.NestedAsync();
        Assert.Single(nested.Distinct());
        Assert.DoesNotContain(plain, nested);
    }

    [Fact]
    [Acceptance(17)]
    public async Task A_worker_that_the_kernel_ends_for_its_memory_says_limit_and_peak_and_last_output_and_more_memory_works()
    {
        int beside = await Jobs.Remote.ProcessIdAsync();
        Assert.Equal(8, await Needy.Remote.TakeNativeAsync(8));
        WorkerState worker = await WorkerOfAsync(static one => one is { MemoryGiB: 0.25, State: "Serving", Process: null });
        Assert.SkipWhen(worker.IsHeapLimitOnly, "The host's control group cannot be written here, so that the kernel limits nothing.");

        Task<int> alongside = Needy.Remote.TakeManagedAsync(1).AsTask();
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await Needy.Remote.TakeNativeAsync(400));
        Assert.True(lost.Reason == WorkerLossReason.OutOfMemory, lost.ToString());
        Assert.True(WorkerLostException.IsOutOfMemory(lost));
        Assert.Equal(256 * Mebibyte, lost.MemoryLimitBytes);
        Assert.InRange(lost.MemoryPeakBytes!.Value, 200 * Mebibyte, 256 * Mebibyte);
        Assert.Null(lost.ExitCode);
        Assert.Contains(lost.LastOutput, static line => line.Contains("about to take memory", StringComparison.Ordinal));
        Assert.Contains("256 MiB that it may have", lost.Message, StringComparison.Ordinal);
        await Record.ExceptionAsync(() => alongside);

        Assert.Equal(400, await Needy.Remote.Needing(Resources.Parse(memory: "1")).TakeNativeAsync(400));
        Assert.Equal(8, await Needy.Remote.TakeNativeAsync(8));
        Assert.Equal(beside, await Jobs.Remote.ProcessIdAsync());
    }

    [Fact]
    [Acceptance(17)]
    public async Task The_managed_heap_ends_at_the_workers_memory_too_and_that_is_told_as_the_same()
    {
        // Its caller gets what the code threw; the worker lives on.
        var thrown = await Assert.ThrowsAsync<OutOfMemoryException>(async () => await Needy.Remote.InProcess("managed").TakeManagedAsync(400));
        Assert.True(WorkerLostException.IsOutOfMemory(thrown));
        Assert.Equal(16, await Needy.Remote.InProcess("managed").TakeManagedAsync(16));

        // On a thread of its own it ends the process.
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await Needy.Remote.InProcess("managed").TakeManagedOnThreadAsync(400));
        Assert.True(lost.Reason == WorkerLossReason.OutOfMemory, lost.ToString());
        Assert.Equal(256 * Mebibyte, lost.MemoryLimitBytes);
        Assert.Equal(400, await Needy.Remote.Needing(Resources.Parse(memory: "1")).TakeManagedAsync(400));
    }

    [Fact]
    [Acceptance(31)]
    public async Task Named_processes_have_their_own_variables_and_ending_one_removes_only_its_objects()
    {
        var variables = new Dictionary<string, string> { ["RH_ONLY_HERE"] = "yes" };
        await using CounterRemote one = await Counter.Remote.InProcess("one", variables).Named("counter-in-one").CreateAsync(1);
        await using CounterRemote two = await Counter.Remote.InProcess("two").Named("counter-in-two").CreateAsync(2);
        Assert.Equal(["yes", "yes"], await Needy.Remote.InProcess("one").VariableAsync("RH_ONLY_HERE"));
        Assert.Equal([null, null], await Needy.Remote.InProcess("two").VariableAsync("RH_ONLY_HERE"));
        Assert.Equal([null, null], await Needy.Remote.VariableAsync("RH_ONLY_HERE"));
        int plain = await Jobs.Remote.ProcessIdAsync();
        Assert.Equal(3, new[] { plain, await Jobs.Remote.InProcess("one").ProcessIdAsync(), await Jobs.Remote.InProcess("two").ProcessIdAsync() }.Distinct().Count());

        WorkerState process = await WorkerOfAsync(static worker => worker is { Process: "one", State: "Serving" });
        Assert.Equal(process.Id, (await Cluster.Local().KillAsync("one", Stop)).Id);
        await Assert.ThrowsAsync<WorkerLostException>(() => one.IncrementAsync());
        await Assert.ThrowsAsync<ObjectLostException>(() => Counter.Remote.AttachAsync("counter-in-one", Stop));
        Assert.Equal(3, await two.IncrementAsync());
        Assert.Equal(plain, await Jobs.Remote.ProcessIdAsync());
        var unknown = await Assert.ThrowsAsync<RemoteNotFoundException>(() => Cluster.Local().KillAsync("one", Stop));
        Assert.Contains("process 'two'", unknown.Message, StringComparison.Ordinal);
        await two.DeleteAsync(Stop);
        await Cluster.Local().KillAsync("two", Stop);
    }

    [Fact]
    public async Task Accelerators_are_held_by_one_worker_at_a_time_which_sees_no_others()
    {
        string home = Directory.CreateTempSubdirectory("rhn-").FullName;
        string tool = Path.Combine(home, "nvidia-smi");
        await File.WriteAllTextAsync(tool, "#!/bin/sh\nfor i in 0 1; do echo \"$i, GPU-$i, NVIDIA A100-SXM4-80GB, 0, 0, 81920\"; done\n", Stop);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (int exitCode, string[] lines) = await host.CallerInAsync(
            new() { ["RUNHOUSE_HOME"] = home, ["PATH"] = $"{home}:{Environment.GetEnvironmentVariable("PATH")}" }, "accelerators");
        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                "one 0 0",
                "other 1 1",
                "at once: CapacityException",
                "held: True True",
                "after its end: 1 1",
                "lacking: none",
            ],
            lines.Where(static line => !line.Contains("This machine does not have", StringComparison.Ordinal)));
        Directory.Delete(home, recursive: true);
    }

    private async Task<WorkerState> WorkerOfAsync(Func<WorkerState, bool> condition) => (await host.StatusAsync()).GetProperty("workers").EnumerateArray()
        .Select(static worker => worker.Deserialize<WorkerState>(JsonSerializerOptions.Web)!).First(condition);

    private sealed record WorkerState(string Id, string State, string? Process, double MemoryGiB, bool IsHeapLimitOnly);
}
