using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CsCheck;
using Runhouse.Protocol.Sockets;
using static Runhouse.Protocol.Tests.Sockets.SharedPair;

namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>Large pieces that go by memory which both ends of a Unix socket share.</summary>
[Collection("SharedMemory")]
public sealed class SharedMemoryTests : IDisposable
{
    /// <summary>What is in the way in one test is no reason to share nothing in the next.</summary>
    public void Dispose() => SharedRegion.IsUsable = true;

    [Fact]
    public async Task Bytes_arrive_in_order_whichever_way_their_pieces_take()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int shared = 0;
        int before = Mapped();
        Gen<int> piece = Gen.OneOf(Gen.Int[1, 64], Gen.Int[1_000, 20_000], Gen.Int[60_000, 70_000], Gen.Int[200_000, 3_000_000]);
        await Gen.Select(Gen.Select(piece, Gen.Bool).Array[1, 24], Gen.OneOf(Gen.Int[100, 5_000], Gen.Const(int.MaxValue))).SampleAsync(
            async (pieces, taken) =>
            {
                (SocketTransport near, SocketTransport far) = await PairAsync();
                await using SocketTransport nearEnd = near;
                await using SocketTransport farEnd = far;
                Agree(near, far);
                byte[] sent = new byte[pieces.Sum(static one => one.Item1)];
                Random.Shared.NextBytes(sent);
                Task sending = Task.Run(async () =>
                {
                    int at = 0;
                    foreach ((int count, bool isOneCalls) in pieces)
                    {
                        ((BlockingSocketWriter)near.Output).HoldsMore = isOneCalls;
                        await near.Output.WriteAsync(sent.AsMemory(at, count));
                        at += count;
                    }
                });
                byte[] received = await OnThreadAsync(() => Take(far.Input, sent.Length, taken));
                Assert.True(sent.AsSpan().SequenceEqual(received));
                await sending;
                Interlocked.Add(ref shared, Mapped() - before);
            },
            iter: 100,
            threads: 1);
        Assert.InRange(shared, 50, int.MaxValue);
    }

    [Fact]
    public async Task What_is_shared_is_read_where_it_lies_and_gone_with_the_connection()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int before = Mapped();
        (SocketTransport near, SocketTransport far) = await PairAsync();
        Agree(near, far);
        byte[] sent = new byte[100_000];
        Random.Shared.NextBytes(sent);
        await near.Output.WriteAsync(sent, TestContext.Current.CancellationToken);
        await OnThreadAsync(() =>
        {
            ReadResult read = Read(far.Input);
            Assert.True(MemoryMarshal.TryGetMemoryManager<byte, SharedRegion>(read.Buffer.First, out _));
            Assert.True(read.Buffer.FirstSpan.SequenceEqual(sent));
            Assert.Equal(before + 2, Mapped());
            far.Input.AdvanceTo(read.Buffer.End);
            return true;
        });
        await near.DisposeAsync();
        await far.DisposeAsync();
        Assert.Equal(before, Mapped());
    }

    [Fact]
    public async Task Small_pieces_and_those_beside_others_take_the_socket()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int before = Mapped();
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        await using SocketTransport farEnd = far;
        Agree(near, far);
        ((BlockingSocketWriter)near.Output).HoldsMore = false;
        byte[] sent = new byte[150_000];
        Task<byte[]> taking = OnThreadAsync(() => Take(far.Input, sent.Length + 1_000, int.MaxValue));
        await near.Output.WriteAsync(sent, TestContext.Current.CancellationToken);
        ((BlockingSocketWriter)near.Output).HoldsMore = true;
        await near.Output.WriteAsync(sent.AsMemory(0, 1_000), TestContext.Current.CancellationToken);
        await taking;
        Assert.Equal(before, Mapped());
    }

    [Fact]
    public async Task More_connections_than_may_share_send_all_the_same()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int before = Mapped();
        var regions = new List<SharedRegion>();
        bool isForNow;
        while (SharedRegion.TryCreate(out isForNow) is { } region)
            regions.Add(region);
        Assert.Equal((32, true), (regions.Count, isForNow));
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        await using SocketTransport farEnd = far;
        Agree(near, far);
        await SendAsync(near, far, 100_000);
        Assert.Equal(before + 32, Mapped());

        // As soon as there is one to be had it has it.
        regions[0].Close();
        await SendAsync(near, far, 100_000);
        Assert.Equal(before + 33, Mapped());
        foreach (SharedRegion region in regions)
            region.Close();
    }

    [Fact]
    public async Task Memory_that_nothing_lies_in_is_given_back_while_its_connection_rests()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        await using SocketTransport farEnd = far;
        Agree(near, far);
        await SendAsync(near, far, 2_000_000);
        Assert.InRange(Resident(), 100, int.MaxValue);
        ((BlockingSocketWriter)near.Output).Rest();
        Assert.InRange(Resident(), 0, 64);
        await SendAsync(near, far, 2_000_000);

        // Not what has not been read.
        byte[] sent = new byte[100_000];
        Random.Shared.NextBytes(sent);
        await near.Output.WriteAsync(sent, TestContext.Current.CancellationToken);
        ((BlockingSocketWriter)near.Output).Rest();
        Assert.Equal(sent, await OnThreadAsync(() => Take(far.Input, sent.Length, int.MaxValue)));
    }

    [Fact]
    public async Task What_has_no_slot_takes_the_socket_and_is_in_its_place()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (near)
        {
            await using var transport = new SocketTransport(far);
            transport.ExpectShared();
            near.Blocking = false;
            var sender = new SharedSender(near) { IsAgreed = true };
            byte[] sent = new byte[66 * 16 * 1024];
            Random.Shared.NextBytes(sent);
            int at = 0;
            for (int i = 0; i < 66; i++)
            {
                at += sender.Send(sent.AsSpan(at, 16 * 1024), mayShare: true, out SocketError error);
                Assert.Equal((SocketError.Success, false, (i + 1) * 16 * 1024), (error, sender.OwesAnnouncement, at));
            }

            Assert.Equal((64 * 1) + (2 * 16 * 1024), far.Available);
            byte[] received = await OnThreadAsync(() => Take(transport.Input, sent.Length, int.MaxValue));
            Assert.True(sent.AsSpan().SequenceEqual(received));
            sender.Close();
        }
    }

    [Fact]
    public async Task A_piece_whose_announcement_the_socket_does_not_take_is_announced_before_all_else()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (near)
        {
            await using var transport = new SocketTransport(far);
            transport.ExpectShared();
            near.Blocking = false;
            var sender = new SharedSender(near) { IsAgreed = true };
            var sent = new List<byte>();
            byte[] some = new byte[20_000];
            SocketError error = SocketError.Success;
            foreach (int size in (int[])[some.Length, 1_000, 1])
            {
                do
                {
                    Random.Shared.NextBytes(some);
                    int count = sender.Send(some.AsSpan(0, size), mayShare: false, out error);
                    sent.AddRange(some.AsSpan(0, count));
                }
                while (error == SocketError.Success);
            }

            Random.Shared.NextBytes(some);
            Assert.Equal(some.Length, sender.Send(some, mayShare: true, out error));
            Assert.Equal((SocketError.Success, true), (error, sender.OwesAnnouncement));
            sent.AddRange(some);
            Assert.Equal(0, sender.Send(default, mayShare: true, out error));
            Assert.Equal(SocketError.WouldBlock, error);

            int before = sent.Count - some.Length;
            byte[] first = await OnThreadAsync(() => Take(transport.Input, before, int.MaxValue));
            Assert.Equal(0, sender.Send(default, mayShare: true, out error));
            Assert.Equal((SocketError.Success, false), (error, sender.OwesAnnouncement));
            byte[] last = await OnThreadAsync(() => Take(transport.Input, some.Length, int.MaxValue));
            Assert.True(first.Concat(last).SequenceEqual(sent));
            sender.Close();
        }
    }

    /// <summary>How many pages of shared memory this process has, seen from the side that reads and from the one that writes.</summary>
    private static int Resident()
    {
        bool isShared = false;
        int kilobytes = 0;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains("memfd:runhouse", StringComparison.Ordinal))
                isShared = true;
            if (!isShared || !line.StartsWith("Rss:", StringComparison.Ordinal))
                continue;
            kilobytes += int.Parse(line[4..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            isShared = false;
        }

        return kilobytes / 4;
    }
}
