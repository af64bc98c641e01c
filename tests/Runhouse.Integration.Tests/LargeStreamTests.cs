using Runhouse.Integration.App;

namespace Runhouse.Integration;

[Collection(MemoryCollection.Name)]
public sealed class LargeStreamTests
{
    [Fact]
    [Acceptance(37)]
    public async Task A_gibibyte_streams_up_and_down_in_bounded_memory()
    {
        const int Count = 16 * 1024;
        const int Size = 64 * 1024;
        const long Bound = 300L << 20;
        long before = Environment.WorkingSet;
        long most = 0;
        long[] taken = await Jobs.Remote.TakeBlocksAsync(BlocksAsync());
        Assert.Equal((long)Count * Size, taken[0]);
        Assert.InRange(taken[1], long.MinValue, Bound);
        long workerBefore = await Jobs.Remote.WorkingSetAsync();
        int next = 0;
        await foreach (byte[] block in Jobs.Remote.GiveBlocksAsync(Count, Size))
        {
            Assert.Equal(next++, BitConverter.ToInt32(block, Size - sizeof(int)));
            if (next % 512 == 0)
                most = Math.Max(most, Environment.WorkingSet - before);
        }

        Assert.Equal(Count, next);
        Assert.InRange(most, long.MinValue, Bound);
        Assert.InRange(await Jobs.Remote.WorkingSetAsync() - workerBefore, long.MinValue, Bound);

        static async IAsyncEnumerable<byte[]> BlocksAsync()
        {
            await Task.CompletedTask;
            for (int i = 0; i < Count; i++)
                yield return new byte[Size];
        }
    }
}
