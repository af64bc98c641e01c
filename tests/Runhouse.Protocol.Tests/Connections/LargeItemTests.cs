using System.Runtime.InteropServices;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Sockets;
using Runhouse.Protocol.Tests.Sockets;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>Large items of a stream that are nothing but numbers: one that has a frame of its own is read where it arrives, wherever that is.</summary>
[Collection("SharedMemory")]
public sealed class LargeItemTests
{
    /// <summary>Those of 60 KiB and more go alone, up to 65 KiB in one frame.</summary>
    private const int Alone = 65_536;

    private static readonly RemoteStreamMethod<int[]?> Numbers = new(312, "Tests.Blocks", 1, static (ref reader) => reader.ReadBlock<int>());
    private static readonly RemoteStreamMethod<bool[]?> Truths = new(312, "Tests.Blocks", 1, static (ref reader) => reader.ReadBlock<bool>());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_arrive_as_they_were_among_small_ones_and_those_that_come_in_chunks(bool isShared)
    {
        Assert.SkipUnless(!isShared || DescriptorMessage.IsSupported, SharedPair.NotHere);
        int before = SharedPair.Mapped();
        await using WirePair pair = await ConnectAsync(isShared);
        int[] sizes = [.. Enumerable.Range(0, 300).Select(static i => (i % 5) switch { 0 or 1 => Alone, 2 => 64_000 + (4 * i), 3 => 5_000 + (4 * i), _ => 70_000 + (i * 100) })];
        int at = 0;
        await foreach (byte[]? block in pair.Methods.BlocksAsync(sizes))
            Assert.True(TestWorker.BlockOf(sizes[at++]).AsSpan().SequenceEqual(block), $"item {at}");
        Assert.Equal(sizes.Length, at);
        at = 0;
        await foreach (int[]? block in pair.Methods.BlocksAsync(Numbers, sizes))
            Assert.True(TestWorker.BlockOf(sizes[at++]).AsSpan().SequenceEqual(MemoryMarshal.AsBytes(block.AsSpan())), $"item {at} of numbers");
        Assert.Equal(sizes.Length, at);
        if (isShared)
            Assert.InRange(SharedPair.Mapped(), before + 1, int.MaxValue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_cannot_be_read_fails_behind_those_before_it(bool isShared)
    {
        Assert.SkipUnless(!isShared || DescriptorMessage.IsSupported, SharedPair.NotHere);
        await using WirePair pair = await ConnectAsync(isShared);
        var lengths = new List<int>();
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () =>
        {
            await foreach (int[]? block in pair.Methods.BlocksAsync(Numbers, [.. Enumerable.Repeat(Alone, 20), 64_001, Alone]))
                lengths.Add(block!.Length);
        });
        Assert.Equal(Enumerable.Repeat(Alone / sizeof(int), 20), lengths);
        Assert.Contains("a block of 64001 bytes does not hold whole Int32 values", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await pair.Methods.BlocksAsync(Truths, Alone).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Contains("a block of Boolean values holds something else", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task They_are_read_when_they_arrive_as_many_as_the_window_holds_and_let_go_of_by_a_reader_that_leaves()
    {
        await using WirePair pair = await ConnectAsync(isShared: false);
        int read = 0;
        var counted = new RemoteStreamMethod<byte[]?>(312, "Tests.Blocks", 1, (ref reader) =>
        {
            Interlocked.Increment(ref read);
            return reader.ReadBlock<byte>();
        });
        await using (IAsyncEnumerator<byte[]?> items = pair.Methods.BlocksAsync(counted, [.. Enumerable.Repeat(Alone, 1_000)]).GetAsyncEnumerator(TestContext.Current.CancellationToken))
        {
            Assert.True(await items.MoveNextAsync());
            while (Volatile.Read(ref read) < StreamWindow.Bytes / Alone)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            for (int i = 0; i < 100; i++)
                Assert.Equal(i, await pair.Methods.EchoAsync(i));

            // One that is over the window, and one for the item that has been taken, whose credit is given when it is done with.
            Assert.InRange(Volatile.Read(ref read), StreamWindow.Bytes / Alone, (StreamWindow.Bytes / Alone) + 2);
        }

        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    /// <summary>Over a pair of Unix sockets, which shows a frame as one piece of memory.</summary>
    private static async Task<WirePair> ConnectAsync(bool isShared)
    {
        (SocketTransport near, SocketTransport far) = await SharedPair.PairAsync();
        return isShared
            ? await WirePair.ConnectAsync(transports: (near, far), reconnect: static _ => throw new InvalidOperationException("There is one connection."))
            : await WirePair.ConnectAsync(transports: (near, far));
    }
}
