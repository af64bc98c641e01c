using System.Runtime.InteropServices;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Sockets;
using Runhouse.Protocol.Tests.Sockets;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>Large items of a stream that are nothing but numbers: read where they arrive, wherever that is.</summary>
[Collection("SharedMemory")]
public sealed class LargeItemTests
{
    private static readonly RemoteStreamMethod<int[]?> Numbers = new(312, "Tests.Blocks", 1, static (ref reader) => reader.ReadBlock<int>());
    private static readonly RemoteStreamMethod<bool[]?> Truths = new(312, "Tests.Blocks", 1, static (ref reader) => reader.ReadBlock<bool>());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_arrive_as_they_were_among_small_ones_and_those_that_come_in_chunks(bool isShared)
    {
        await using WirePair pair = await ConnectAsync(isShared);
        int[] sizes = [.. Enumerable.Range(0, 300).Select(static i => (i % 5) switch { 0 => 1 + i, 1 => 4_096 + i, 2 => 60_000 + i, 3 => 65_536, _ => 70_000 + (i * 100) })];
        int at = 0;
        await foreach (byte[]? block in pair.Methods.BlocksAsync(sizes))
            Assert.True(TestWorker.BlockOf(sizes[at++]).AsSpan().SequenceEqual(block), $"item {at}");
        Assert.Equal(sizes.Length, at);
        at = 0;
        sizes = [4_000, 8_000, 65_536];
        await foreach (int[]? block in pair.Methods.BlocksAsync(Numbers, sizes))
            Assert.True(TestWorker.BlockOf(sizes[at++]).AsSpan().SequenceEqual(MemoryMarshal.AsBytes(block.AsSpan())), $"item {at}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_cannot_be_read_fails_behind_those_before_it(bool isShared)
    {
        await using WirePair pair = await ConnectAsync(isShared);
        var lengths = new List<int>();
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () =>
        {
            await foreach (int[]? block in pair.Methods.BlocksAsync(Numbers, 20_000, 40_000, 20_001, 20_000))
                lengths.Add(block!.Length);
        });
        Assert.Equal([5_000, 10_000], lengths);
        Assert.Contains("a block of 20001 bytes does not hold whole Int32 values", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await pair.Methods.BlocksAsync(Truths, 20_000).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Contains("a block of Boolean values holds something else", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task A_reader_that_leaves_lets_go_of_those_that_have_arrived()
    {
        await using WirePair pair = await ConnectAsync(isShared: false);
        int seen = 0;
        await foreach (byte[]? block in pair.Methods.BlocksAsync([.. Enumerable.Repeat(60_000, 100)]))
        {
            if (++seen == 3)
                break;
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
