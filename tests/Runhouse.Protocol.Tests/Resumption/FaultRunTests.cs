using System.Buffers;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Resumption;

/// <summary>Calls and streams over a connection that fails all the time. Alone, because it looks at the memory of the whole process.</summary>
[Collection(nameof(AllocationTests))]
public class FaultRunTests
{
    private const int Calls = 10_000;

    /// <summary>What is counted has room from the beginning: how often which call has run is not the memory that this looks at.</summary>
    private const int MostCalls = 1 << 22;
    private const int Streams = 100;
    private const int Items = 2_000;
    private const int Blocks = 40;
    private const int Cuts = 200;
    private const int Delays = 200;
    private const int Callers = 32;
    private const long MostGrowth = 16 << 20;

    /// <summary>What both sides keep for the next connection is little beside the growth that is looked for.</summary>
    private static readonly WireLimits Limits = WireLimits.Default with { MaxUnacknowledgedBytes = 2 << 20 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_lost_or_run_twice_however_often_the_connection_is_cut_or_held_up(bool isDirect)
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(Limits, isDirect: isDirect);
        int[] counts = pair.Worker.Counts = new int[MostCalls];
        var random = new Random(4);
        int delays = 0;
        using var over = new CancellationTokenSource();
        Task work = WorkAsync();

        // Behind the first half, in which the pools fill.
        await HurtAsync(Delays / 2, Cuts / 2);
        long before = InUse();
        await HurtAsync(Delays, Cuts);
        await over.CancelAsync();
        await work;

        int run = counts.Count(static count => count != 0);
        Assert.Equal(run, pair.Worker.Begun - pair.Worker.StreamsBegun);
        Assert.True(run >= Calls);
        Assert.DoesNotContain(counts, static count => count > 1);
        Assert.Single(pair.Servers);
        Assert.InRange(pair.Cuts, Cuts, int.MaxValue);
        long grown = InUse() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{grown >> 10} KiB more behind {run} calls");
        GC.KeepAlive(counts);
        Assert.InRange(grown, long.MinValue, MostGrowth);

        // More calls and streams than asked for, until the last cut: a run that is done before has shown nothing.
        async Task WorkAsync()
        {
            int next = 0;
            int streams = 0;
            Task[] callers = [.. Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)), .. Enumerable.Range(0, 4).Select(_ => Task.Run(StreamAsync))];
            await Task.WhenAll(callers);

            async Task CallAsync()
            {
                while (Interlocked.Increment(ref next) is var number and < MostCalls && (number <= Calls || !over.IsCancellationRequested))
                    Assert.Equal(number, await pair.Methods.EchoAsync(number));
            }

            async Task StreamAsync()
            {
                while (Interlocked.Increment(ref streams) is var number && (number <= Streams || !over.IsCancellationRequested))
                {
                    int expected = 0;
                    if (number % 3 == 0)
                    {
                        // From 16 KiB to over 64, which takes two frames; no two of a length.
                        int[] sizes = [.. Enumerable.Range(0, Blocks).Select(static i => (16 << 10) + (i % 4 * (16 << 10)) + i)];
                        await foreach (byte[]? block in pair.Methods.BlocksAsync(sizes))
                            Assert.Equal(sizes[expected++], block!.Length);
                        Assert.Equal(Blocks, expected);
                    }
                    else if (number % 3 == 1)
                    {
                        await foreach (int item in pair.Methods.CountAsync(Items))
                            Assert.Equal(expected++, item);
                        Assert.Equal(Items, expected);
                    }
                    else
                    {
                        Assert.Equal((long)Items * (Items - 1) / 2, await pair.Methods.SumAsync(Enumerable.Range(0, Items).ToAsyncEnumerable()));
                    }
                }
            }
        }

        // Half of the cuts are inside a frame; of a socket between two processes nobody else can say where they are.
        async Task HurtAsync(int untilDelays, int untilCuts)
        {
            for (; delays < untilDelays || pair.Cuts < untilCuts || (!isDirect && pair.Proxy.CutsInFrames < untilCuts / 2); delays++)
            {
                await Task.Delay(random.Next(20), TestContext.Current.CancellationToken);
                await pair.Proxy.DelayAsync(TimeSpan.FromMilliseconds(random.Next(5)));
                if (isDirect || pair.Proxy.Cuts % 4 == 1)
                    pair.Cut();
                else if (pair.Proxy.Cuts % 4 == 3)
                    pair.Proxy.CutAfter(random.Next(100_000));
                else
                    pair.Proxy.CutInFrame();
            }
        }
    }

    /// <summary>What this process has in use, without what the shared pool keeps, which is 32 arrays of each size for each processor: it gives them to this thread, which drops them.</summary>
    private static long InUse()
    {
        for (int size = 4 << 10; size <= 1 << 20; size *= 2)
        {
            for (int i = 0; i <= 32 * Environment.ProcessorCount; i++)
                ArrayPool<byte>.Shared.Rent(size);
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
