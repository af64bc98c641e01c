using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Tests.Threads;

public sealed class BlockingThreadsTests
{
    [Fact]
    public void Blocked_calls_overlap_however_many_there_are()
    {
        var threads = new BlockingThreads("test");
        using var barrier = new Barrier(51);
        for (int i = 0; i < 50; i++)
            threads.Queue(new Item(barrier.SignalAndWait));

        // Ends only when all fifty are in it at once.
        barrier.SignalAndWait();

        Assert.True(threads.Count >= 50);
    }

    [Fact]
    public void Calls_start_in_the_order_of_their_arrival()
    {
        var threads = new BlockingThreads("test");
        var started = new List<(int Thread, int Number)>();
        using var done = new CountdownEvent(200);
        for (int i = 0; i < 200; i++)
        {
            int number = i;
            threads.Queue(new Item(() =>
            {
                lock (started)
                    started.Add((Environment.CurrentManagedThreadId, number));
                done.Signal();
            }));
        }

        done.Wait();

        // Threads may pass each other between taking a call and running it; what one thread runs is in order.
        Assert.All(started.GroupBy(call => call.Thread), thread => Assert.Equal(thread.Order(), thread));
    }

    [Fact]
    public void What_a_call_left_in_its_flow_is_not_seen_by_the_next()
    {
        var threads = new BlockingThreads("test");
        var local = new AsyncLocal<string?>();
        var seen = new List<string?>();
        using var done = new CountdownEvent(100);
        for (int i = 0; i < 100; i++)
        {
            threads.Queue(new Item(() =>
            {
                lock (seen)
                    seen.Add(local.Value);
                local.Value = "left";
                done.Signal();
            }));
        }

        done.Wait();

        Assert.All(seen, Assert.Null);
    }

    [Fact]
    public void Many_short_calls_need_few_threads()
    {
        // Nobody looks for stuck calls, as a busy machine makes short ones look stuck: the eager threads alone must do.
        var threads = new BlockingThreads("test", Timeout.InfiniteTimeSpan);
        const int Calls = 200_000;
        using var done = new CountdownEvent(Calls);
        var item = new Item(() => done.Signal());
        for (int i = 0; i < Calls; i++)
            threads.Queue(item);

        done.Wait();

        Assert.InRange(threads.Count, 1, Environment.ProcessorCount);
    }

    private sealed class Item(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
