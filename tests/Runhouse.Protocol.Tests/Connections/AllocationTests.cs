namespace Runhouse.Protocol.Tests.Connections;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int Calls = 2000;

    /// <summary>An optimized build takes less than 128 bytes, hand-overs of the pipes included; the rest is room for an unoptimized one.</summary>
    private const long MaxBytesPerCall = 512;

    [Fact]
    public async Task A_call_that_is_warm_allocates_next_to_nothing_on_both_sides_together()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.RunsInline = true;
        await Task.Run(() => CallAsync(pair), TestContext.Current.CancellationToken);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.Run(() => CallAsync(pair), TestContext.Current.CancellationToken);
        Assert.InRange((GC.GetTotalAllocatedBytes(precise: true) - before) / Calls, 0, MaxBytesPerCall);
    }

    private static async Task CallAsync(WirePair pair)
    {
        for (int i = 0; i < Calls; i++)
            _ = await pair.Methods.EchoAsync(i).ConfigureAwait(false);
    }
}
