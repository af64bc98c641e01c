using CsCheck;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Tests.Connections;

public sealed class ReferenceTests
{
    [Fact]
    public async Task A_disposed_reference_blames_no_connection_that_went_with_it()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        await reference.DisposeAsync();
        await pair.Client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reference.FetchAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_value_is_held_lent_fetched_and_let_go()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        Assert.False(reference.IsLocal);
        Assert.Equal(42, await pair.Methods.UseAsync(reference));
        Assert.Equal(42, await reference.FetchAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, pair.Worker.Values.Count);
        await reference.DisposeAsync();
        await reference.DisposeAsync();
        Assert.Equal(0, pair.Worker.Values.Count);
        Assert.Single(pair.Worker.Releases);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Methods.UseAsync(reference));
    }

    [Fact]
    public async Task Disposing_waits_for_the_calls_that_are_lent_the_reference()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.HoldsUse = true;
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        ValueTask<int> use = pair.Methods.UseAsync(reference);
        await pair.Worker.Waiting.Task;
        await reference.DisposeAsync();
        Assert.Equal(1, pair.Worker.Values.Count);
        pair.Worker.Construction.SetResult();
        Assert.Equal(42, await use);
        while (pair.Worker.Values.Count > 0)
            await Task.Yield();
    }

    [Fact]
    public async Task A_cancelled_call_keeps_the_value_that_it_was_lent()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.HoldsUse = true;
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        using var cancel = new CancellationTokenSource();
        ValueTask<int> use = pair.Methods.UseAsync(reference, cancel.Token);
        await pair.Worker.Waiting.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await use);
        await reference.DisposeAsync();

        // The holder is gone, and the worker's code has not looked at its token yet.
        Assert.Equal(0, pair.Worker.Values.Count);
        pair.Worker.Construction.SetResult();
        Assert.Equal(42, await pair.Worker.Used.Task);
    }

    [Fact]
    public async Task A_cancel_that_crosses_the_result_leaves_nothing_behind()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        for (int i = 0; i < 3000; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<RemoteRef<int>?> keep = pair.Methods.KeepAsync(1, cancel.Token).AsTask();
            Thread.SpinWait(20 * (i % 200));
            await cancel.CancelAsync();
            try
            {
                await (await keep)!.DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                // What the test is about.
            }
        }

        while (pair.Worker.Values.Count > 0)
            await Task.Yield();
    }

    [Fact]
    public async Task A_cancel_that_crosses_a_construction_deletes_the_object()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Construction.SetResult();
        for (int i = 0; i < 3000; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<ulong> made = pair.Methods.ConstructAsync(cancel.Token).AsTask();
            Thread.SpinWait(20 * (i % 200));
            await cancel.CancelAsync();
            try
            {
                await pair.Client.ReleaseAsync(await made, delete: false, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                // What the test is about.
            }
        }

        while (Volatile.Read(ref pair.Worker.Ended) < Volatile.Read(ref pair.Worker.Begun) || pair.Worker.Releases.Count < Volatile.Read(ref pair.Worker.Delivered))
            await Task.Yield();
        Assert.Equal(pair.Worker.Delivered, pair.Worker.Releases.Count);
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_lets_go_of_its_references()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await Assert.ThrowsAsync<RemoteSerializationException>(async () => await pair.Methods.KeepMisreadAsync());
        while (pair.Worker.Values.Count > 0)
            await Task.Yield();
        await pair.Client.RetireAsync();
        await pair.Client.Completion;
    }

    [Fact]
    public async Task A_retired_connection_stays_open_for_a_reference_on_its_way()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Holds = true;
        ValueTask<RemoteRef<int>?> keep = pair.Methods.KeepAsync(42);
        while (pair.Worker.HeldCount == 0)
            await Task.Yield();
        await pair.Client.RetireAsync();
        pair.Worker.Holds = false;
        await pair.Worker.RunHeldAsync();
        RemoteRef<int> reference = (await keep)!;
        Assert.Equal(42, await reference.FetchAsync(TestContext.Current.CancellationToken));
        await reference.DisposeAsync();
        await pair.Client.Completion;
    }

    [Fact]
    public async Task A_call_whose_result_nobody_takes_gives_its_reference_back()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        ValueTask<int> dropped = pair.Methods.UseAsync(reference);
        while (!dropped.IsCompleted)
            await Task.Yield();
        await reference.DisposeAsync();
        while (pair.Worker.Values.Count > 0)
            await Task.Yield();
        Assert.Equal(42, await dropped);
    }

    [Fact]
    public async Task No_limit_on_calls_holds_up_a_release()
    {
        await using WirePair pair = await WirePair.ConnectAsync(callerLimits: WireLimits.Default with { MaxCallsInFlight = 1 });
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        pair.Worker.Holds = true;
        Task<int> busy = pair.Methods.EchoAsync(1).AsTask();
        await reference.DisposeAsync();
        Assert.Equal(0, pair.Worker.Values.Count);
        while (pair.Worker.HeldCount == 0)
            await Task.Yield();
        await pair.Worker.RunHeldAsync();
        Assert.Equal(1, await busy);
    }

    [Fact]
    public async Task A_result_that_nobody_waits_for_is_let_go()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Holds = true;
        using var cancel = new CancellationTokenSource();
        ValueTask<RemoteRef<int>?> keep = pair.Methods.KeepAsync(42, cancel.Token);
        while (pair.Worker.HeldCount == 0)
            await Task.Yield();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await keep);
        pair.Worker.Holds = false;
        Assert.Equal(0, await pair.Methods.EchoAsync(0));
        Assert.Equal(1, await pair.Worker.RunHeldAsync());
        Assert.Equal(0, pair.Worker.Values.Count);
    }

    [Fact]
    public async Task A_reference_into_another_worker_is_refused_before_it_is_sent()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await using WirePair other = await WirePair.ConnectAsync(workerId: "w-2");
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await other.Methods.UseAsync(reference));
        Assert.Contains("w-2", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.Worker.Begun);
        Assert.Equal(42, await pair.Methods.UseAsync(reference));
        await reference.DisposeAsync();
        Assert.Equal(0, pair.Worker.Values.Count);
    }

    [Fact]
    public async Task A_value_of_the_caller_is_refused_before_it_is_sent()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await pair.Methods.UseAsync(RemoteRef.Create(1)));
        Assert.Contains("value of this process", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, pair.Worker.Begun);
    }

    [Fact]
    public async Task A_reference_to_a_lost_worker_says_so_and_is_disposed_in_silence()
    {
        WirePair pair = await WirePair.ConnectAsync();
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        await pair.DisposeAsync();
        await using WirePair other = await WirePair.ConnectAsync(workerId: "w-2");
        var fetched = await Assert.ThrowsAnyAsync<RemoteException>(async () => await reference.FetchAsync(TestContext.Current.CancellationToken));
        var passed = await Assert.ThrowsAnyAsync<RemoteException>(async () => await other.Methods.UseAsync(reference));
        Assert.All([fetched, passed], static error => Assert.Contains("went with its worker", error.Message, StringComparison.Ordinal));
        await reference.DisposeAsync();
    }

    [Fact]
    public async Task Only_a_value_that_can_be_disposed_is_gone_for_whoever_keeps_its_reference()
    {
        var text = new LocalRef<string>("text", leaveOpen: false);
        var stream = new LocalRef<Stream>(new MemoryStream(), leaveOpen: false);
        var kept = new LocalRef<Stream>(new MemoryStream(), leaveOpen: true);
        text.AddHolder();
        stream.AddHolder();
        kept.AddHolder();
        await text.DropHolderAsync();
        await stream.DropHolderAsync();
        await kept.DropHolderAsync();
        Assert.Equal("text", text.Value);
        Assert.True(kept.Value.CanRead);
        var error = Assert.Throws<ObjectDisposedException>(() => stream.Value);
        Assert.Contains("leaveOpen", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retired_connection_stays_open_for_its_references()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        RemoteRef<int> reference = (await pair.Methods.KeepAsync(42))!;
        await pair.Client.RetireAsync();
        Assert.Equal(42, await reference.FetchAsync(TestContext.Current.CancellationToken));
        await reference.DisposeAsync();
        await pair.Client.Completion;
    }

    [Fact]
    public Task Whatever_the_order_every_value_goes_exactly_once() => Gen.Int[0, 4].Array[1, 60].SampleAsync(
        async steps =>
        {
            await using WirePair pair = await WirePair.ConnectAsync();
            var held = new Queue<RemoteRef<int>>();
            var running = new List<Task<int>>();
            int kept = 0;
            foreach (int step in steps)
            {
                switch (step)
                {
                    case 0:
                        held.Enqueue((await pair.Methods.KeepAsync(kept++))!);
                        break;
                    case 1 when held.TryPeek(out RemoteRef<int>? lent):
                        running.Add(pair.Methods.UseAsync(lent).AsTask());
                        break;
                    case 2 when held.TryDequeue(out RemoteRef<int>? gone):
                        await gone.DisposeAsync();
                        break;
                    case 3 when held.TryPeek(out RemoteRef<int>? fetched):
                        running.Add(fetched.FetchAsync().AsTask());
                        break;
                    case 4:
                        await Task.WhenAll(running);
                        break;
                }
            }

            await Task.WhenAll(running);
            foreach (RemoteRef<int> left in held)
                await left.DisposeAsync();
            while (pair.Worker.Values.Count > 0)
                await Task.Yield();
            Assert.Equal(kept, pair.Worker.Releases.Count);
        },
        iter: 100);
}
