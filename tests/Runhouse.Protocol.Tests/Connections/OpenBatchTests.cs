using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Connections;

public sealed class OpenBatchTests
{
    [Fact]
    public void A_batch_is_sent_once_by_the_clock_while_its_producer_is_away_and_else_by_the_producer()
    {
        var frame = new OutgoingFrame();
        var sent = new List<(OutgoingFrame Frame, int Count)>();
        var batch = new OpenBatch((one, count) => sent.Add((one, count)));
        batch.Open(frame, started: 1);

        // Being written to, or not old enough: the clock has to look again.
        Assert.True(batch.SendIfLate(2));
        batch.Leave(3);
        Assert.True(batch.SendIfLate(1));
        Assert.Empty(sent);
        Assert.True(batch.Return());

        batch.Leave(4);
        Assert.False(batch.SendIfLate(2));
        Assert.False(batch.SendIfLate(3));
        Assert.Equal([(frame, 4)], sent);
        Assert.False(batch.Return());

        batch.Open(frame, started: 3);
        batch.Leave(1);
        Assert.True(batch.Return());
        batch.Close();
        Assert.False(batch.SendIfLate(9));
        Assert.Single(sent);
    }

    [Fact]
    public async Task Whoever_is_quicker_each_item_is_sent_once_and_in_order()
    {
        const int Count = 100_000;
        var sent = new List<int>(Count);
        var items = new List<int>();
        int stop = 0;
        using var ticks = new ManualResetEventSlim();
        int late = 0;
        var batch = new OpenBatch((_, count) =>
        {
            sent.AddRange(items.Take(count));
            late++;
        });
        Task clock = Task.Factory.StartNew(
            () =>
            {
                for (int now = 1; Volatile.Read(ref stop) == 0; now++)
                {
                    batch.SendIfLate(now);
                    ticks.Set();
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        ticks.Wait(TestContext.Current.CancellationToken);
        bool isOpen = false;
        for (int i = 0; i < Count; i++)
        {
            if (!isOpen)
            {
                items = [];
                batch.Open(new OutgoingFrame(), started: 0);
                isOpen = true;
            }

            items.Add(i);
            batch.Leave(items.Count);
            if (i % 1_000 == 0)
                Thread.Sleep(1);
            if (!batch.Return())
            {
                isOpen = false;
            }
            else if (items.Count == 50)
            {
                sent.AddRange(items);
                isOpen = false;
            }
        }

        if (isOpen)
            sent.AddRange(items);
        Volatile.Write(ref stop, 1);
        await clock;
        Assert.Equal(Enumerable.Range(0, Count), sent);
        Assert.InRange(late, 1, Count);
    }
}
