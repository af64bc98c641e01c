using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Connections;

public class EndTests
{
    /// <summary>In the same words on whichever clock the time has passed first.</summary>
    private const string WaitPassed =
        @"^'Tests\.Wait' did not end within 5 s \(call w-1/[0-9a-f]{8}-[0-9a-f]+\)\. Its code was told to stop; raise the limit if it needs longer \(RemoteOptions\.Timeout, or Runhouse:Calls:Timeout for every call\)\.$";

    [Fact]
    public async Task A_cancelled_call_ends_at_once_with_the_caller_s_token_and_cancels_the_worker_s()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        Task call = pair.Methods.WaitAsync(cancellation.Token).AsTask();
        await pair.Worker.Waiting.Task;
        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(cancellation.Token, error.CancellationToken);
        await pair.Worker.Cancelled.Task;
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task A_connection_is_idle_once_its_last_call_has_ended()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.True(pair.Client.WhenIdleAsync().IsCompleted);
        using var cancellation = new CancellationTokenSource();
        Task call = pair.Methods.WaitAsync(cancellation.Token).AsTask();
        await pair.Worker.Waiting.Task;
        Task idle = pair.Client.WhenIdleAsync();
        Assert.False(idle.IsCompleted);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
        Assert.False(idle.IsCompleted);
        await cancellation.CancelAsync();
        await idle;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_is_never_sent()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Methods.WaitAsync(new CancellationToken(true)).AsTask());
        await pair.Methods.EchoAsync(1);
        Assert.False(pair.Worker.Waiting.Task.IsCompleted);
    }

    [Fact]
    public async Task A_call_cancelled_before_its_dispatch_tells_the_worker_that_nobody_waits()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Holds = true;
        using var cancellation = new CancellationTokenSource();
        Task<int> cancelled = pair.Methods.EchoAsync(1, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await ReleaseAsync(pair);
        Assert.InRange(await pair.Worker.RunHeldAsync(), 0, 1);
        pair.Worker.Holds = false;
        Assert.Equal(2, await pair.Methods.EchoAsync(2));
    }

    [Fact]
    public async Task A_construction_that_nobody_waits_for_is_told_so()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        Task<ulong> abandoned = pair.Methods.ConstructAsync(cancellation.Token).AsTask();
        await pair.Worker.Waiting.Task;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        await ReleaseAsync(pair);
        pair.Worker.Construction.SetResult();
        Assert.False(await pair.Worker.Constructed.Task);
    }

    [Fact]
    public async Task A_construction_returns_the_object_s_id()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Construction.SetResult();
        Assert.Equal(77UL, await pair.Methods.ConstructAsync());
        Assert.True(await pair.Worker.Constructed.Task);
    }

    [Fact]
    public async Task A_deadline_of_code_that_takes_no_token_says_that_it_may_go_on()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Task call = pair.With(new CallSettings(TimeSpan.FromMilliseconds(500), false)).ConstructAsync().AsTask();
        await pair.Worker.Waiting.Task;
        pair.CallerTime.Advance(TimeSpan.FromSeconds(1));
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(() => call);
        Assert.Contains("did not end within 0.5 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("takes no CancellationToken and may go on until it ends", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_the_caller_s_clock()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Task call = pair.With(new CallSettings(TimeSpan.FromSeconds(5), false)).WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;
        pair.CallerTime.Advance(TimeSpan.FromSeconds(4));
        Assert.False(call.IsCompleted);
        pair.CallerTime.Advance(TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(() => call);
        Assert.Matches(WaitPassed, error.Message);
        await pair.Worker.Cancelled.Task;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task The_search_for_a_worker_takes_of_the_time_that_a_call_has(int retries)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var router = new SlowRouter(pair.Client, () => pair.CallerTime.Advance(TimeSpan.FromSeconds(3)));
        var settings = new CallSettings(TimeSpan.FromSeconds(5), false) { TimeProvider = pair.CallerTime, Retries = retries };
        OutgoingCall<Unit> outgoing = new ConnectionTarget(router, ObjectForm.Array, settings, WireLimits.Default).Begin(TestMethods.Wait);
        WireWriter writer = outgoing.BeginArguments();
        Task call = outgoing.SendVoidAsync(ref writer, default).AsTask();
        await pair.Worker.Waiting.Task;
        pair.CallerTime.Advance(TimeSpan.FromSeconds(1));
        Assert.False(call.IsCompleted);
        pair.CallerTime.Advance(TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(() => call);
        Assert.Matches(WaitPassed, error.Message);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_the_worker_s_clock()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Task call = pair.With(new CallSettings(TimeSpan.FromSeconds(5), false)).WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;
        pair.WorkerTime.Advance(TimeSpan.FromSeconds(6));
        var error = await Assert.ThrowsAsync<RemoteTimeoutException>(() => call);
        Assert.Matches(WaitPassed, error.Message);
        await pair.Worker.Cancelled.Task;
    }

    [Fact]
    public async Task A_lost_connection_fails_the_calls_in_flight_with_what_is_known_of_the_loss()
    {
        int asked = 0;
        await using WirePair pair = await WirePair.ConnectAsync(explainLoss: _ =>
        {
            asked++;
            return new ValueTask<Exception>(new WorkerLostException("killed by the test"));
        });
        Task[] calls = [.. Enumerable.Range(0, 10).Select(_ => pair.Methods.WaitAsync().AsTask()), Read(), pair.Methods.SumAsync(Never()).AsTask()];
        await pair.Worker.Waiting.Task;
        await pair.Pipes.Worker.Output.CompleteAsync(new IOException("gone"));
        foreach (Task call in calls)
            Assert.Equal("killed by the test", (await Assert.ThrowsAsync<WorkerLostException>(() => call)).Message);
        await pair.Client.Completion;
        Assert.Equal(1, asked);
        Assert.False(pair.Client.IsOpen);
        await Assert.ThrowsAsync<WorkerLostException>(() => pair.Methods.EchoAsync(1).AsTask());
        await pair.Worker.Cancelled.Task;
        await pair.Worker.Closed.Task;

        async Task Read()
        {
            await foreach (int _ in pair.Methods.DoubledAsync(Never()))
            {
            }
        }
    }

    [Fact]
    public async Task A_closed_connection_fails_its_calls_and_cancels_them_on_the_worker()
    {
        WirePair pair = await WirePair.ConnectAsync();
        Task call = pair.Methods.WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;
        await pair.DisposeAsync();
        await Assert.ThrowsAsync<HostUnreachableException>(() => call);
        await pair.Worker.Cancelled.Task;
        await pair.Worker.Closed.Task;
    }

    [Fact]
    public async Task A_draining_worker_finishes_its_calls_and_is_asked_for_no_new_ones()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Holds = true;
        Task<int> running = pair.Methods.EchoAsync(5).AsTask();
        await ReleaseAsync(pair);
        pair.Server.GoAway(GoAwayCode.Draining, "the worker finishes");
        await ReleaseAsync(pair);
        Assert.False(pair.Client.IsOpen);
        await pair.Worker.RunHeldAsync();
        Assert.Equal(5, await running);
    }

    [Fact]
    public async Task A_worker_that_closes_says_why()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Task call = pair.Methods.WaitAsync().AsTask();
        await pair.Worker.Waiting.Task;
        await pair.Server.DisposeAsync();
        var error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Contains("The worker closes the connection", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Returns when the worker has read everything sent so far: releases are answered by its read loop.</summary>
    private static async Task ReleaseAsync(WirePair pair) => await pair.Client.ReleaseAsync(1, delete: false, CancellationToken.None);

    private static async IAsyncEnumerable<int> Never([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        yield break;
    }

    /// <summary>A way that takes its time to be found.</summary>
    private sealed class SlowRouter(ClientConnection connection, Action search) : ICallRouter
    {
        public bool TryGetRoute(out CallRoute route)
        {
            route = default;
            return false;
        }

        public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
        {
            search();
            return new(new CallRoute(connection, 0));
        }
    }
}
