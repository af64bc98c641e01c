using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class CallTests(LocalHost host)
{
    private static readonly Order Order = new("Ada", [new("apple", 2, 0.5m), new("pear", 1, 2m)], "ring twice");

    [Fact]
    [Acceptance(1)]
    public async Task A_remote_function_returns_what_the_local_call_returns()
    {
        Report remote = await Jobs.Remote.DescribeAsync(Order, times: 3, TestContext.Current.CancellationToken);
        Assert.Equal(new Report("ADA", 9m, "ring twice"), remote);
        Assert.Equal(new Report("ADA", 6m, null), await Jobs.Remote.DescribeAsync(Order with { Note = null }));
    }

    [Fact]
    [Acceptance(1)]
    public async Task A_remote_function_runs_in_a_worker_process()
        => Assert.NotEqual(Environment.ProcessId, await Jobs.Remote.ProcessIdAsync());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flow_that_outlives_its_call_sees_that_call_and_no_later_one(bool streamLogs)
    {
        var options = new RemoteOptions { StreamLogs = streamLogs };
        string key = $"flow-{streamLogs}";

        // Short calls before and behind it, which allocate nothing: their places are taken over and over.
        for (int i = 0; i < 200; i++)
            await Jobs.Remote.With(options).AddSynchronouslyAsync(i, 1);
        string call = await Jobs.Remote.With(options).LeaveFlowAsync(key);
        for (int i = 0; i < 200; i++)
            Assert.Equal(i + 1, await Jobs.Remote.With(options).AddSynchronouslyAsync(i, 1));
        Assert.Equal(call, await Jobs.Remote.With(options).EndFlowAsync(key));
    }

    [Fact]
    public async Task A_context_that_a_call_has_kept_is_never_another_call_s()
    {
        var options = new RemoteOptions { StreamLogs = false };
        for (int i = 0; i < 200; i++)
            await Jobs.Remote.With(options).AddSynchronouslyAsync(i, 1);
        for (int i = 0; i < 20; i++)
        {
            await Jobs.Remote.With(options).KeepContextAsync();
            Assert.True(await Jobs.Remote.With(options).IsKeptContextAnotherAsync());
        }
    }

#if INTERCEPTED
    [Fact]
    [Acceptance(1)]
    public async Task A_plain_call_runs_remotely()
    {
        Assert.Equal(await Jobs.Remote.ProcessIdAsync(), await Jobs.ProcessIdAsync());
        Assert.Equal(7, Jobs.AddSynchronously(3, 4));
    }

    [Fact]
    public async Task Calls_that_block_all_threads_of_the_caller_s_pool_end()
    {
        // Warm: connecting is not what this is about.
        Assert.Equal(1, await Jobs.Remote.AddSynchronouslyAsync(0, 1));
        int sum = 0;
        await Task.Run(() => Parallel.For(0, 500, i => Interlocked.Add(ref sum, Jobs.AddSynchronously(i, 1))))
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(500 * 501 / 2, sum);
    }

    [Fact]
    public async Task Calls_that_block_all_threads_of_the_caller_s_pool_end_while_lines_come()
    {
        Assert.Equal(1, await Jobs.Remote.AddSynchronouslyAsync(0, 1));
        Task lines = Jobs.Remote.WriteLinesAsync("beside", 20_000);
        int sum = 0;
        await Task.Run(() => Parallel.For(0, 500, i => Interlocked.Add(ref sum, Jobs.AddSynchronously(i, 1))))
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(500 * 501 / 2, sum);
        await lines;
    }
#else
    [Fact]
    public async Task A_plain_call_stays_local_when_interception_is_off()
    {
        Assert.Equal(Environment.ProcessId, await Jobs.ProcessIdAsync());
        Assert.NotEqual(Environment.ProcessId, await Jobs.Remote.ProcessIdAsync());
    }
#endif

    [Fact]
    [Acceptance(7)]
    public async Task A_remote_function_calls_another_in_its_own_process()
        => Assert.Equal(await Jobs.Remote.ProcessIdAsync(), await Jobs.Remote.NestedProcessIdAsync());

    [Fact]
    [Acceptance(7)]
    public async Task A_remote_object_creates_and_calls_another_on_its_host()
    {
        await using CounterRemote counter = await Counter.RemoteAsync(100);
        Assert.Equal(111, await counter.AddFromAnotherAsync(10));
    }

    [Fact]
    [Acceptance(7)]
    public async Task A_remote_object_calls_one_in_another_worker()
    {
        // Another application's, so that its worker is another process.
        Assert.Equal(0, (await host.CallerAsync("create-named", "elsewhere", "20")).ExitCode);
        await using CounterRemote counter = await Counter.RemoteAsync(100);
        Assert.Equal(122, await counter.AddFromNamedAsync("elsewhere"));
    }

    [Fact]
    public async Task A_synchronous_function_has_an_asynchronous_form()
        => Assert.Equal(7, await Jobs.Remote.AddSynchronouslyAsync(3, 4));

    [Fact]
    [Acceptance(4)]
    public async Task Blocking_synchronous_calls_overlap()
    {
        // Each call waits inside for the four others.
        bool[] met = await Task.WhenAll(Enumerable.Range(0, 5).Select(static _ => Jobs.Remote.MeetFiveAsync(30).AsTask()));
        Assert.All(met, Assert.True);
    }

    [Fact]
    [Acceptance(4)]
    public async Task Concurrency_of_one_runs_calls_one_after_the_other()
    {
        await using OneAtATimeRemote alone = await OneAtATime.RemoteAsync();
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => alone.EnterAsync())), Assert.True);
    }

    [Fact]
    public async Task A_large_body_travels_beside_small_calls()
    {
        byte[] bytes = new byte[20 << 20];
        new Random(1).NextBytes(bytes);
        Task<byte[]> large = Jobs.Remote.EchoAsync(bytes);
        int[] small = await Task.WhenAll(Enumerable.Range(0, 200).Select(static i => Jobs.Remote.AddSynchronouslyAsync(i, 1).AsTask()));
        Assert.Equal(Enumerable.Range(1, 200), small);
        Assert.Equal(bytes, await large);
    }

    [Fact]
    public async Task Code_that_needs_what_this_machine_lacks_runs_here_all_the_same()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("use-accelerators");
        Assert.Equal((0, "done without"), (exitCode, lines[^1]));
    }

    [Fact]
    public async Task Code_that_needs_what_this_machine_lacks_is_an_error_when_local_is_strict()
    {
        (int exitCode, string[] lines) = await host.CallerInAsync(new() { ["RUNHOUSE__Local__Strict"] = "true" }, "use-accelerators");
        Assert.Equal(5, exitCode);
        Assert.Contains("H100:8", lines[^1], StringComparison.Ordinal);
    }
}
