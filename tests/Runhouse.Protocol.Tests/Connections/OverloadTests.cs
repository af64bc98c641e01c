using System.Collections.Concurrent;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Tests.Resumption;

namespace Runhouse.Protocol.Tests.Connections;

public class OverloadTests
{
    private const int Large = 100_000;

    private static readonly WireLimits TwoLarge = WireLimits.Default with { MaxBytesInFlight = (2 * Large) + 1000 };

    [Theory]
    [InlineData(Large)] // in chunks
    [InlineData(20_000)] // in one frame
    public async Task Arguments_over_the_bytes_of_a_connection_are_refused_and_taken_again_later(int size)
    {
        await using WirePair pair = await WirePair.ConnectAsync(
            limits: WireLimits.Default with { MaxBytesInFlight = (2 * size) + 1000 }, callerLimits: WireLimits.Default);
        pair.Worker.Holds = true;
        Task<byte[]?>[] calls = [.. Enumerable.Range(0, 2).Select(_ => pair.Methods.EchoBytesAsync(new byte[size]).AsTask())];
        var error = await Assert.ThrowsAsync<OverloadedException>(() => pair.Methods.EchoBytesAsync(new byte[size]).AsTask());
        Assert.Contains("MaxBytesInFlight", error.Message, StringComparison.Ordinal);
        Task<int> small = pair.Methods.EchoAsync(1).AsTask();
        await UntilAsync(() => pair.Worker.HeldCount == 3);
        await pair.Worker.RunHeldAsync();
        Assert.Equal(1, await small);
        await Task.WhenAll(calls);
        pair.Worker.Holds = false;
        for (int i = 0; i < 5; i++)
            Assert.Equal(size, (await pair.Methods.EchoBytesAsync(new byte[size]))!.Length);
    }

    [Fact]
    public async Task Calls_that_end_in_the_middle_of_their_arguments_leave_nothing_counted()
    {
        await using WirePair pair = await WirePair.ConnectAsync(limits: WireLimits.Default with { MaxBytesInFlight = 12 << 20 }, callerLimits: WireLimits.Default);
        for (int i = 0; i < 20; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<byte[]?> call = pair.Methods.EchoBytesAsync(new byte[10 << 20], cancellation.Token).AsTask();
            await Task.Delay(i, TestContext.Current.CancellationToken);
            await cancellation.CancelAsync();
            await call.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        await UntilAsync(() => Volatile.Read(ref pair.Worker.Begun) == Volatile.Read(ref pair.Worker.Ended));
        Assert.Equal(10 << 20, (await pair.Methods.EchoBytesAsync(new byte[10 << 20]))!.Length);
    }

    [Fact]
    public async Task Calls_and_bytes_of_a_worker_are_limited_over_all_its_connections()
    {
        var budget = new WorkerBudget();
        WireLimits limits = WireLimits.Default with { MaxWorkerCallsInFlight = 3, MaxWorkerBytesInFlight = Large + 1000 };
        await using WirePair first = await WirePair.ConnectAsync(limits, budget: budget);
        await using WirePair second = await WirePair.ConnectAsync(limits, budget: budget);
        first.Worker.Holds = second.Worker.Holds = true;
        Task<byte[]?> bytes = first.Methods.EchoBytesAsync(new byte[Large]).AsTask();
        await UntilAsync(() => first.Worker.HeldCount == 1);
        var error = await Assert.ThrowsAsync<OverloadedException>(() => second.Methods.EchoBytesAsync(new byte[Large]).AsTask());
        Assert.Contains("MaxWorkerBytesInFlight", error.Message, StringComparison.Ordinal);
        Task<int>[] calls = [.. Enumerable.Range(0, 2).Select(i => second.Methods.EchoAsync(i).AsTask())];
        await UntilAsync(() => second.Worker.HeldCount == 2);
        error = await Assert.ThrowsAsync<OverloadedException>(() => first.Methods.EchoAsync(1).AsTask());
        Assert.Contains("MaxWorkerCallsInFlight", error.Message, StringComparison.Ordinal);
        await first.Worker.RunHeldAsync();
        await second.Worker.RunHeldAsync();
        await bytes;
        await Task.WhenAll(calls);
        first.Worker.Holds = false;
        Assert.Equal(5, await first.Methods.EchoAsync(5));
    }

    [Fact]
    public async Task Items_that_nobody_takes_are_limited_over_all_streams_of_a_connection()
    {
        const int Items = 10_000;
        await using WirePair pair = await WirePair.ConnectAsync(limits: WireLimits.Default with { MaxBytesInFlight = 100_000 }, callerLimits: WireLimits.Default);
        pair.Worker.Holds = true;
        Task<long>[] calls = [.. Enumerable.Range(0, 4).Select(_ => pair.Methods.SumAsync(Enumerable.Repeat(1, Items).ToAsyncEnumerable()).AsTask())];
        var error = await Assert.ThrowsAsync<OverloadedException>(async () => await await Task.WhenAny(calls));
        Assert.Contains("MaxBytesInFlight", error.Message, StringComparison.Ordinal);
        pair.Worker.Holds = false;
        await pair.Worker.RunHeldAsync();
        foreach (Task<long> call in calls)
            await call.ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.All(calls.Where(static call => call.IsFaulted), static call => Assert.IsType<OverloadedException>(call.Exception!.InnerException));
        Assert.All(calls.Where(static call => !call.IsFaulted), static call => Assert.Equal(Items, call.Result));
        Assert.Equal(Items, await pair.Methods.SumAsync(Enumerable.Repeat(1, Items).ToAsyncEnumerable()));
    }

    [Fact]
    public async Task Small_items_that_come_one_by_one_are_limited_too()
    {
        await using WirePair pair = await WirePair.ConnectAsync(limits: WireLimits.Default with { MaxBytesInFlight = 100_000 }, callerLimits: WireLimits.Default);
        pair.Worker.Holds = true;
        var error = await Assert.ThrowsAsync<OverloadedException>(() => pair.Methods.SumAsync(OneByOneAsync()).AsTask());
        Assert.Contains("MaxBytesInFlight", error.Message, StringComparison.Ordinal);
        await pair.Worker.RunHeldAsync();

        // Nothing of it is left counted.
        pair.Worker.Holds = false;
        Assert.Equal(90_000, (await pair.Methods.EchoBytesAsync(new byte[90_000]))!.Length);

        static async IAsyncEnumerable<int> OneByOneAsync()
        {
            for (int i = 0; i < 1000; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
    }

    [Fact]
    public async Task Results_that_a_slow_caller_does_not_take_are_not_piled_up()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(TwoLarge with { MaxUnacknowledgedBytes = 256 << 10 });
        pair.Worker.Holds = true;
        Task<byte[]?>[] calls = [.. Enumerable.Range(0, 100).Select(_ => pair.Methods.EchoBytesAsync(new byte[5_000]).AsTask())];
        await UntilAsync(() => calls.Count(static call => call.IsCompleted) + pair.Worker.HeldCount == calls.Length);
        pair.Proxy.Refuses = true;
        pair.Proxy.Cut();
        await UntilAsync(() => pair.Proxy.Links == 0);
        await pair.Worker.RunHeldAsync();
        pair.Proxy.Refuses = false;
        foreach (Task<byte[]?> call in calls)
            await call.ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.All(calls.Where(static call => call.IsFaulted), static call => Assert.IsType<OverloadedException>(call.Exception!.InnerException));
        Assert.Contains(calls, static call => call.IsCompletedSuccessfully);
        pair.Worker.Holds = false;
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task Code_that_writes_more_lines_than_its_caller_reads_waits_and_loses_none()
    {
        const int Lines = 60_000;
        var lines = new ConcurrentQueue<string>();
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { MaxUnacknowledgedBytes = 256 << 10 }, record => lines.Enqueue(record.Text));
        pair.Proxy.Refuses = true;
        pair.Proxy.CutAfter(100 << 10);
        Task<int> saying = pair.Methods.SayAsync(Lines).AsTask();
        await UntilAsync(() => pair.Proxy.Links == 0);
        Assert.NotEmpty(lines);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(0, Volatile.Read(ref pair.Worker.Ended));
        pair.Proxy.Refuses = false;
        Assert.Equal(Lines, await saying);
        Assert.Equal(Enumerable.Range(0, Lines).Select(static i => $"line {i}"), lines);
    }

    [Fact]
    public async Task One_connection_s_flood_holds_up_another_s_calls_by_a_few()
    {
        // One thread for all, so that the order is what counts.
        var shared = new BlockingCollection<IThreadPoolWorkItem>();
        var flood = new FairQueue(shared.Add);
        var other = new FairQueue(shared.Add);
        int flooded = 0;
        int seen = 0;
        for (int i = 0; i < 10_000; i++)
            flood.Add(new Work(() => flooded++));
        for (int i = 0; i < 10; i++)
            other.Add(new Work(() => seen = flooded));
        while (shared.TryTake(out IThreadPoolWorkItem? work))
            work.Execute();
        Assert.Equal(10_000, flooded);
        Assert.InRange(seen, 0, 100);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Nothing_added_to_a_queue_by_many_threads_is_lost()
    {
        var queue = new FairQueue(static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false));
        int run = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
                queue.Add(new Work(() => Interlocked.Increment(ref run)));
        })));
        await UntilAsync(() => Volatile.Read(ref run) == 160_000);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    private sealed class Work(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
