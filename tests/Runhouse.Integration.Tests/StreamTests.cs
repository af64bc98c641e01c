using System.Collections.Concurrent;
using System.Threading.Channels;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class StreamTests(LocalHost host)
{
    [Fact]
    [Acceptance(5)]
    public async Task Items_arrive_in_order()
    {
        int expected = 0;
        await foreach (int item in Jobs.Remote.CountAsync(50_000))
            Assert.Equal(expected++, item);
        Assert.Equal(50_000, expected);
    }

    [Fact]
    [Acceptance(5)]
    public async Task The_first_item_arrives_before_the_last_is_produced()
    {
        // The producer cannot go on before the consumer has seen the item before.
        var steps = Channel.CreateUnbounded<string>();
        var seen = new List<string>();
        await steps.Writer.WriteAsync("1");
        await foreach (string item in Jobs.Remote.StepwiseAsync(steps.Reader.ReadAllAsync()))
        {
            seen.Add(item);
            if (seen.Count < 3)
                await steps.Writer.WriteAsync($"{seen.Count + 1}");
            else
                steps.Writer.TryComplete();
        }

        Assert.Equal(["done 1", "done 2", "done 3"], seen);
    }

    [Fact]
    [Acceptance(5)]
    public async Task A_producer_that_never_waits_is_heard_item_by_item()
    {
        int seen = 0;
        await foreach (int item in Jobs.Remote.WorkAsync("worked"))
        {
            Assert.Equal(seen++, item);
            await Jobs.Remote.SawAsync($"worked-{item}");
        }

        Assert.Equal(4, seen);
    }

    [Fact]
    [Acceptance(5)]
    public async Task A_cancelled_stream_never_looks_complete()
    {
        using var source = new CancellationTokenSource();
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int item in Jobs.Remote.CountAsync(900, source.Token))
            {
                if (++seen == 10)
                    await source.CancelAsync();
            }
        });
        Assert.Equal(10, seen);
    }

    [Fact]
    [Acceptance(5)]
    public async Task Leaving_the_loop_early_stops_the_producer()
    {
        await foreach (int item in Jobs.Remote.EndlessAsync("left-early"))
        {
            if (item == 100)
                break;
        }

        await Jobs.Remote.WasCancelledAsync("left-early").WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(false, "failed when its caller waited for it no more: System.InvalidOperationException: could not clean up ")]
    [InlineData(true, "failed when its caller waited for it no more: Runhouse.Integration.App.UnreadableException: (the message could not be read)")]
    public async Task What_a_producer_fails_with_when_its_consumer_has_left_is_in_the_workers_log(bool isUnreadable, string expected)
    {
        string what = isUnreadable ? "" : Guid.NewGuid().ToString("N");
        await foreach (int item in Jobs.Remote.CountAndNotCleanUpAsync(what))
        {
            if (item == 10)
                break;
        }

        await Eventually.IsTrueAsync(async () =>
        {
            foreach (string log in Directory.GetFiles(Path.Combine(host.Home, "local", "logs")))
            {
                if ((await File.ReadAllTextAsync(log)).Contains(expected + what, StringComparison.Ordinal))
                    return true;
            }

            return false;
        });
    }

    [Fact]
    [Acceptance(5)]
    public async Task An_argument_can_be_a_stream()
    {
        Assert.Equal(49_995_000, await Jobs.Remote.SumAsync(Numbers(10_000)));

        static async IAsyncEnumerable<int> Numbers(int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (i % 100 == 0)
                    await Task.Yield();
                yield return i;
            }
        }
    }

    [Fact]
    [Acceptance(5)]
    public async Task A_stream_argument_that_is_not_read_to_its_end_is_disposed_here()
    {
        var disposed = new TaskCompletionSource();
        Assert.Equal(0, await Jobs.Remote.FirstOfAsync(Numbers()));
        await disposed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        async IAsyncEnumerable<int> Numbers()
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    await Task.Yield();
                    yield return i;
                }
            }
            finally
            {
                disposed.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task A_stream_argument_that_fails_fails_the_call()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Jobs.Remote.SumAsync(Numbers()));
        Assert.Contains("out of numbers", error.Message, StringComparison.Ordinal);

        static async IAsyncEnumerable<int> Numbers()
        {
            yield return 1;
            await Task.Yield();
            throw new InvalidOperationException("out of numbers");
        }
    }

    [Fact]
    [Acceptance(5)]
    public async Task Progress_arrives_in_order_and_before_the_result()
    {
        var reports = new ConcurrentQueue<int>();
        Assert.Equal("reported", await Jobs.Remote.ReportAsync(500, new Direct<int>(reports.Enqueue)));
        Assert.Equal(Enumerable.Range(0, 500), reports);
    }

    [Theory]
    [InlineData("Direct")]
    [InlineData("Relay")]
    public async Task Streams_and_large_bodies_take_either_way_to_the_worker(string transport)
    {
        (int exitCode, string[] lines) = await host.CallerInAsync(new() { ["RUNHOUSE__Transport"] = transport }, "stream", "20000");
        Assert.Equal(0, exitCode);
        Assert.Contains("sum 199990000", lines);
        Assert.Contains("bytes 8388608", lines);
    }

    private sealed class Direct<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
