using System.Runtime.CompilerServices;
using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Tests.Connections;

public class StreamTests
{
    private readonly TaskCompletionSource _produced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task A_result_stream_arrives_whole_and_in_order(int count)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.Equal(Enumerable.Range(0, count), await ListAsync(pair.Methods.CountAsync(count)));
    }

    [Fact]
    public async Task Every_enumeration_is_a_call()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        IAsyncEnumerable<int> stream = pair.Methods.CountAsync(3);
        Assert.Equal([0, 1, 2], await ListAsync(stream));
        Assert.Equal([0, 1, 2], await ListAsync(stream));
        Assert.Equal(6, pair.Worker.Produced);
    }

    [Fact]
    public async Task A_producer_s_exception_comes_behind_its_items()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Exception error = await Assert.ThrowsAsync<InvalidOperationException>(() => ListAsync(pair.Methods.CountAsync(-1)));
        Assert.Contains("less than nothing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_a_stream_early_stops_its_producer()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await foreach (int item in pair.Methods.CountAsync(int.MaxValue))
        {
            if (item == 5)
                break;
        }

        await pair.Worker.ProducerEnded.Task;
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task A_slow_reader_holds_its_producer_up_within_the_window()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        const int Count = 3 * StreamWindow.Items;
        await using IAsyncEnumerator<int> items = pair.Methods.CountAsync(Count).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await items.MoveNextAsync());
        while (Volatile.Read(ref pair.Worker.Produced) < StreamWindow.Items)
            await Task.Yield();
        for (int i = 0; i < 100; i++)
            await pair.Methods.EchoAsync(i);
        Assert.InRange(Volatile.Read(ref pair.Worker.Produced), StreamWindow.Items, StreamWindow.Items + 1);
        int last = 0;
        while (await items.MoveNextAsync())
            Assert.Equal(++last, items.Current);
        Assert.Equal(Count - 1, last);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(StreamWindow.Items + 1)]
    [InlineData(2 * StreamWindow.Items)]
    public async Task A_producer_that_blocks_holds_up_no_other_call(int blockingItem)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var release = new ManualResetEventSlim();
        const int Count = 3 * StreamWindow.Items;
        Task<long> sum = Task.Run(() => pair.Methods.SumAsync(Enumerable.Range(0, Count).Select(Block).ToAsyncEnumerable()).AsTask());
        await _produced.Task;
        for (int i = 0; i < 100; i++)
            Assert.Equal(i, await pair.Methods.EchoAsync(i).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.False(sum.IsCompleted);
        release.Set();
        Assert.Equal((long)Count * (Count - 1) / 2, await sum);

        int Block(int item)
        {
            if (item == blockingItem)
            {
                _produced.TrySetResult();
                release.Wait();
            }

            return item;
        }
    }

    [Fact]
    public async Task A_stream_argument_arrives_whole()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.Equal(99_999L * 50_000, await pair.Methods.SumAsync(CountAsync(100_000)));
        Assert.Equal(-1, await pair.Methods.SumAsync(null));
    }

    [Fact]
    public async Task A_stream_goes_up_while_another_comes_down()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => 2 * i), await ListAsync(pair.Methods.DoubledAsync(CountAsync(50_000))));
    }

    [Fact]
    public async Task A_worker_that_leaves_a_stream_argument_stops_its_producer()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.Equal(-1, await pair.Methods.SumAsync(CountAsync(int.MaxValue, first: -1)));
        await _produced.Task;
    }

    [Fact]
    public async Task An_exception_in_a_stream_argument_reaches_the_worker_and_comes_back()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Exception error = await Assert.ThrowsAsync<FormatException>(() => pair.Methods.SumAsync(CountAsync(10, fails: true)).AsTask());
        Assert.Equal("a bad line", error.Message);
        Assert.Matches("--- of call w-1/[0-9a-f]{8}-[0-9a-f]+ in its caller ---", error.ToString());
    }

    [Fact]
    public async Task A_cancelled_enumeration_ends_at_once_and_stops_the_producer()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int item in pair.Methods.CountAsync(int.MaxValue).WithCancellation(cancellation.Token))
            {
                if (item == 10)
                    await cancellation.CancelAsync();
            }
        });
        await pair.Worker.ProducerEnded.Task;
    }

    private static async Task<List<int>> ListAsync(IAsyncEnumerable<int> items)
    {
        var all = new List<int>();
        await foreach (int item in items)
            all.Add(item);
        return all;
    }

    private async IAsyncEnumerable<int> CountAsync(
        int count, int first = 0, bool fails = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                if (i % 100 == 99)
                    await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return first + i;
            }

            if (fails)
                throw new FormatException("a bad line");
        }
        finally
        {
            _produced.TrySetResult();
        }
    }

    [Fact]
    public async Task An_item_that_cannot_be_written_takes_none_before_it_along()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var sizes = new List<int>();
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () =>
        {
            await foreach (byte[]? block in pair.Methods.BlocksAsync(1, 2, 3, 0, 4))
                sizes.Add(block!.Length);
        });
        Assert.Equal([1, 2, 3], sizes);
        Assert.Contains("no size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_within_the_limit_arrive_whatever_stands_beside_them()
    {
        await using WirePair pair = await WirePair.ConnectAsync(limits: WireLimits.Default with { MaxBodyBytes = 1000 });
        var sizes = new List<int>();
        await Assert.ThrowsAnyAsync<RemoteException>(async () =>
        {
            await foreach (byte[]? block in pair.Methods.BlocksAsync(400, 400, 400, 900, 1001))
                sizes.Add(block!.Length);
        });
        Assert.Equal([400, 400, 400, 900], sizes);
    }

    [Fact]
    public async Task Numbers_travel_as_a_block_and_a_producer_that_fails_or_pauses_among_them_loses_none()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        foreach (int count in new[] { 0, 1, 2, 15, 16, 17, 8191, 8192, 8193, 50_000 })
        {
            int expected = 0;
            await foreach (int item in pair.Methods.CountAsync(count))
                Assert.Equal(expected++, item);
            Assert.Equal(count, expected);
            Assert.Equal((long)count * (count - 1) / 2, await pair.Methods.SumAsync(Enumerable.Range(0, count).ToAsyncEnumerable()));
        }

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Methods.CountAsync(-1).CountAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(1_000)]
    public async Task Numbers_before_one_that_throws_at_once_arrive_and_its_exception_behind_them(int count)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        foreach (bool throwsInCurrent in (bool[])[false, true])
        {
            var numbers = new ThrowingNumbers(count, throwsInCurrent);
            var doubled = new List<int>();
            Exception error = await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await foreach (int item in pair.Methods.DoubledAsync(numbers))
                    doubled.Add(item);
            });
            Assert.Contains($"no number {count}", error.Message, StringComparison.Ordinal);
            Assert.Equal(Enumerable.Range(0, count).Select(static number => 2 * number), doubled);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(5_000)]
    public async Task Items_before_one_that_is_waited_for_without_an_await_arrive_meanwhile(int burst)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var taken = new SemaphoreSlim(0);
        int expected = 0;
        await foreach (int item in pair.Methods.DoubledAsync(BurstsAsync()).WithCancellation(TestContext.Current.CancellationToken))
        {
            Assert.Equal(2 * expected, item);
            if (++expected % burst == 0)
                taken.Release();
        }

        Assert.Equal(10 * burst, expected);

        // Each burst waits until the consumer has the last item of the one before, on its own thread.
        async IAsyncEnumerable<int> BurstsAsync()
        {
            await Task.Yield();
            for (int i = 0; i < 10 * burst; i++)
            {
                if (i > 0 && i % burst == 0)
                    taken.Wait();
                yield return i;
            }
        }
    }

    [Fact]
    public async Task An_item_that_took_long_to_be_written_does_not_wait_for_its_producer_either()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var taken = new SemaphoreSlim(0);
        int read = 0;
        await foreach (int item in pair.Methods.DoubledAsync(new SlowNumbers(3, taken)).WithCancellation(TestContext.Current.CancellationToken))
        {
            Assert.Equal(2 * read++, item);
            taken.Release();
        }

        Assert.Equal(3, read);
    }

    [Fact]
    public async Task Two_moves_at_once_are_an_error_of_the_second()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IAsyncEnumerator<int> items = pair.Methods.DoubledAsync(OneAfterAsync(first.Task)).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        ValueTask<bool> pending = items.MoveNextAsync();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await items.MoveNextAsync());
        Assert.Contains("Await each MoveNextAsync", error.Message, StringComparison.Ordinal);
        first.SetResult();
        Assert.True(await pending);
        Assert.Equal(2, items.Current);
        Assert.False(await items.MoveNextAsync());
        await items.DisposeAsync();

        static async IAsyncEnumerable<int> OneAfterAsync(Task before)
        {
            await before;
            yield return 1;
        }
    }

    [Fact]
    public async Task A_consumer_that_blocks_holds_up_no_other_call()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        using var release = new ManualResetEventSlim();
        const int Count = 40 * StreamWindow.Items;
        Task<int> reading = Task.Run(async () =>
        {
            int read = 0;
            await foreach (int item in pair.Methods.CountAsync(Count))
            {
                if (read++ != item)
                    throw new InvalidOperationException($"{item} came as number {read}.");

                // It is known to be quick by then, and runs where its items are read.
                if (item != Count / 2)
                    continue;
                _produced.TrySetResult();
                release.Wait();
            }

            return read;
        });
        await _produced.Task;
        for (int i = 0; i < 100; i++)
            Assert.Equal(i, await pair.Methods.EchoAsync(i).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.False(reading.IsCompleted);
        release.Set();
        Assert.Equal(Count, await reading);
    }

    [Fact]
    public async Task A_consumer_may_wait_for_calls_over_its_own_connection_on_its_thread()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        const int Count = 10 * StreamWindow.Items;
        int calls = 0;
        await foreach (int item in pair.Methods.CountAsync(Count))
        {
            if (item % (StreamWindow.Items / 4) != 0)
                continue;
#pragma warning disable xUnit1031 // That it blocks is what is tested.
            Assert.Equal(item, pair.Methods.EchoAsync(item).AsTask().GetAwaiter().GetResult());
#pragma warning restore xUnit1031
            calls++;
        }

        Assert.Equal(40, calls);
    }

    /// <summary>Numbers that take several ticks of the batches' clock to be read, and of which each waits until the one before it has been taken, on its thread.</summary>
    private sealed class SlowNumbers(int count, SemaphoreSlim taken) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        private int _current = -1;

        public int Current
        {
            get
            {
                Thread.Sleep(30);
                return _current;
            }
        }

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            if (++_current > 0)
                taken.Wait();
            return new(_current < count);
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>Numbers behind which the enumerator throws, without a task.</summary>
    private sealed class ThrowingNumbers(int count, bool throwsInCurrent) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        private int _current = -1;

        public int Current => _current < count ? _current : throw new InvalidOperationException($"There is no number {count}.");

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
            => ++_current < count || throwsInCurrent ? new(true) : throw new InvalidOperationException($"There is no number {count}.");

        public ValueTask DisposeAsync() => default;
    }
}
