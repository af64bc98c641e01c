using System.Collections.Concurrent;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Resumption;

public class ResumptionTests
{
    [Fact]
    public async Task A_call_goes_on_over_the_next_connection_and_runs_once()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync();
        pair.Worker.Holds = true;
        Task<int> call = pair.Methods.EchoAsync(7).AsTask();
        await UntilAsync(() => pair.Worker.HeldCount == 1);

        pair.Proxy.Cut();
        await pair.Worker.RunHeldAsync();

        Assert.Equal(7, await call);
        Assert.Equal(1, pair.Worker.Begun);
        Assert.Single(pair.Servers);
    }

    [Fact]
    public async Task A_call_made_while_there_is_no_connection_is_sent_over_the_next_one()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync();
        pair.Proxy.Refuses = true;
        pair.Proxy.Cut();
        Task<int> call = pair.Methods.EchoAsync(7).AsTask();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(call.IsCompleted);
        Assert.True(pair.Client.IsOpen);

        pair.Proxy.Refuses = false;

        Assert.Equal(7, await call);
    }

    [Fact]
    public async Task Items_and_lines_arrive_once_and_in_order_however_often_the_connection_is_cut()
    {
        var lines = new ConcurrentQueue<string>();
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(log: record => lines.Enqueue(record.Text));
        const int Items = 500_000;
        int expected = 0;
        Task<int> saying = pair.Methods.SayAsync(1000).AsTask();
        Task<long> summing = pair.Methods.SumAsync(CountAsync(Items)).AsTask();
        await foreach (int item in pair.Methods.CountAsync(Items))
        {
            Assert.Equal(expected++, item);
            if (item % 50_000 == 1000)
                pair.Proxy.CutAfter(item % 777);
        }

        Assert.Equal(Items, expected);
        Assert.Equal((long)Items * (Items - 1) / 2, await summing);
        Assert.Equal(1000, await saying);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line {i}"), lines);
        Assert.True(pair.Proxy.Cuts > 2);
    }

    [Fact]
    public async Task A_large_body_survives_a_cut_in_its_middle()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync();
        byte[] body = new byte[8 << 20];
        Random.Shared.NextBytes(body);
        Task<byte[]?> call = pair.Methods.EchoBytesAsync(body).AsTask();
        for (int i = 0; i < 5; i++)
        {
            pair.Proxy.CutAfter(1 << 20);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal(body, await call);
        Assert.Equal(1, pair.Worker.Begun);
    }

    [Fact]
    public async Task A_cancellation_made_without_a_connection_reaches_the_worker()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        Task call = pair.Methods.WaitAsync(cancellation.Token).AsTask();
        await pair.Worker.Waiting.Task;
        pair.Proxy.Refuses = true;
        pair.Proxy.Cut();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.False(pair.Worker.Cancelled.Task.IsCompleted);

        pair.Proxy.Refuses = false;

        await pair.Worker.Cancelled.Task;
    }

    [Fact]
    public async Task Past_the_grace_period_the_outcome_is_unknown_and_the_worker_cancels()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { SessionGraceSeconds = 1 });
        Task call = pair.Methods.WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;

        pair.Proxy.Refuses = true;
        pair.Proxy.Cut();

        var error = await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
        Assert.Contains("w-1", error.Message, StringComparison.Ordinal);
        Assert.False(pair.Client.IsOpen);
        await pair.Worker.Cancelled.Task;
        await pair.Worker.Closed.Task;
    }

    [Fact]
    public async Task A_worker_that_is_known_to_be_gone_is_not_waited_for()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { SessionGraceSeconds = 3600 });
        Task call = pair.Methods.WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;

        pair.Refusal = new WorkerLostException("It was killed.");
        pair.Proxy.Cut();

        var error = await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
        Assert.Same(pair.Refusal, error.InnerException);
    }

    [Fact]
    public async Task A_connection_that_has_gone_silent_is_given_up()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { KeepAliveSeconds = 1 });
        pair.Proxy.Swallow();

        Assert.Equal(7, await pair.Methods.EchoAsync(7));

        Assert.Equal(1, pair.Worker.Begun);
        Assert.Single(pair.Servers);
    }

    [Fact]
    public async Task A_caller_that_has_gone_silent_is_given_up()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { KeepAliveSeconds = 1, SessionGraceSeconds = 1 });
        Task call = pair.Methods.WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;
        pair.Proxy.Refuses = true;
        pair.Proxy.Swallow();

        await pair.Worker.Cancelled.Task;
        await pair.Worker.Closed.Task;
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
    }

    [Fact]
    public async Task A_connection_that_is_only_quiet_is_kept()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { KeepAliveSeconds = 1 });
        Task call = pair.Methods.WaitAsync().AsTask();
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Equal(0, pair.Proxy.Cuts);
        Assert.Equal(1, pair.Proxy.Links);
        Assert.False(call.IsCompleted);
        await pair.Client.DisposeAsync();
        await Assert.ThrowsAsync<HostUnreachableException>(() => call);
    }

    [Fact]
    public async Task A_closed_connection_leaves_no_session_behind()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync();
        Task call = pair.Methods.WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;

        await pair.Client.DisposeAsync();

        await pair.Worker.Closed.Task;
        await Assert.ThrowsAsync<HostUnreachableException>(() => call);
    }

    [Fact]
    public async Task A_worker_that_drains_waits_for_a_caller_without_a_connection()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync();
        pair.Worker.Holds = true;
        Task<int> call = pair.Methods.EchoAsync(7).AsTask();
        await UntilAsync(() => pair.Worker.HeldCount == 1);
        pair.Proxy.Refuses = true;
        pair.Proxy.Cut();
        pair.Sessions.Close();
        await UntilAsync(() => pair.Proxy.Links == 0);
        await pair.Worker.RunHeldAsync();
        Task delivering = DeliverAsync();

        pair.Proxy.Refuses = false;

        Assert.Equal(7, await call);
        await delivering;

        async Task DeliverAsync()
        {
            await pair.Servers.Single().DeliverAsync();
            await pair.Servers.Single().DisposeAsync();
        }
    }

    private static async IAsyncEnumerable<int> CountAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 1000 == 0)
                await Task.Yield();
            yield return i;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }
}
