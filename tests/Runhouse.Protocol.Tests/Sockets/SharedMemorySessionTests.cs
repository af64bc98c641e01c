using System.IO.Pipelines;
using System.Net.Sockets;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Sockets;
using Runhouse.Protocol.Tests.Connections;
using Runhouse.Protocol.Tests.Resumption;
using static Runhouse.Protocol.Tests.Sockets.SharedPair;

namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>Sessions whose large pieces go by shared memory.</summary>
[Collection("SharedMemory")]
public sealed class SharedMemorySessionTests : IDisposable
{
    /// <summary>What is in the way in one test is no reason to share nothing in the next.</summary>
    public void Dispose() => SharedRegion.IsUsable = true;

    [Fact]
    public async Task A_session_shares_memory_where_both_ends_can()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int before = Mapped();
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using (WirePair pair = await WirePair.ConnectAsync(transports: (near, far), reconnect: NoMore))
        {
            await EchoAsync(pair);
            Assert.Equal(before + 4, Mapped());
        }

        Assert.Equal(before, Mapped());
    }

    [Fact]
    public async Task A_session_shares_none_where_one_end_speaks_the_version_before()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int before = Mapped();
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using WirePair olderCaller = await WirePair.ConnectAsync(transports: (new Unshared(near), far), reconnect: NoMore);
        await EchoAsync(olderCaller);
        (near, far) = await PairAsync();
        await using WirePair olderWorker = await WirePair.ConnectAsync(transports: (near, new Unshared(far)), reconnect: NoMore);
        await EchoAsync(olderWorker);

        // Nor one that ends with its connection.
        await using WirePair brief = await WirePair.ConnectAsync(transports: await PairAsync());
        await EchoAsync(brief);
        Assert.Equal(before, Mapped());
    }

    [Fact]
    public async Task A_session_goes_on_where_pieces_were_on_their_way_and_where_nothing_is_shared_any_more()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int before = Mapped();
        await using (ProxiedPair pair = await ProxiedPair.ConnectAsync(isDirect: true))
        {
            byte[] sent = new byte[8_000_000];
            Random.Shared.NextBytes(sent);
            int cuts = 0;
            int shared = 0;
            for (int round = 0; round < 12; round++)
            {
                // The last ones as where something has been in the way.
                SharedRegion.IsUsable = round < 8;
                if (round == 8)
                    pair.Cut();
                Task<byte[]?> echo = pair.Methods.EchoBytesAsync(sent, TestContext.Current.CancellationToken).AsTask();
                while (!echo.IsCompleted && cuts < (round + 1) * 3)
                {
                    await Task.Delay(Random.Shared.Next(6), TestContext.Current.CancellationToken);
                    shared += Mapped() - before;
                    pair.Cut();
                    cuts++;
                }

                byte[]? received = await echo;
                Assert.True(sent.AsSpan().SequenceEqual(received));
            }

            Assert.InRange(cuts, 5, int.MaxValue);
            Assert.InRange(shared, 1, int.MaxValue);
            Assert.Single(pair.Servers);
            Assert.Equal(before, Mapped());
        }
    }

    [Fact]
    public async Task A_session_that_may_keep_little_waits_for_no_acknowledgement_that_does_not_come()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(WireLimits.Default with { MaxUnacknowledgedBytes = 256 << 10 }, isDirect: true);
        byte[] sent = new byte[8_000_000];
        Random.Shared.NextBytes(sent);
        int before = Mapped();
        for (int round = 0; round < 10; round++)
        {
            // Whole, with cuts, and in calls of which each is as much as may be kept.
            Task<byte[]?> echo = pair.Methods.EchoBytesAsync(sent, TestContext.Current.CancellationToken).AsTask();
            for (int cut = 0; cut < round && !echo.IsCompleted; cut++)
            {
                await Task.Delay(Random.Shared.Next(6), TestContext.Current.CancellationToken);
                pair.Cut();
            }

            byte[]? received = await echo;
            Assert.True(sent.AsSpan().SequenceEqual(received));
            byte[] piece = sent[..((256 << 10) - 100 + (20 * round))];
            for (int i = 0; i < 10; i++)
            {
                received = await pair.Methods.EchoBytesAsync(piece, TestContext.Current.CancellationToken);
                Assert.True(piece.AsSpan().SequenceEqual(received));
            }

            if (round == 0)
                Assert.InRange(Mapped(), before + 1, int.MaxValue);
        }
    }

    private static Task<(IDuplexPipe Transport, ClientHandshake Handshake)> NoMore(CancellationToken cancellationToken) => throw new InvalidOperationException("There is one connection.");

    private static async Task EchoAsync(WirePair pair)
    {
        byte[] sent = new byte[3_000_000];
        Random.Shared.NextBytes(sent);
        byte[]? echo = await pair.Methods.EchoBytesAsync(sent, TestContext.Current.CancellationToken);
        Assert.True(sent.AsSpan().SequenceEqual(echo));
    }

    /// <summary>A connection of which nothing is known but that it is one.</summary>
    private sealed class Unshared(SocketTransport transport) : IDuplexPipe, IAsyncDisposable
    {
        public PipeReader Input => transport.Input;

        public PipeWriter Output => transport.Output;

        public ValueTask DisposeAsync() => transport.DisposeAsync();
    }
}
