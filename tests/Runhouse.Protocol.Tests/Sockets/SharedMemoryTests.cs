using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CsCheck;
using Microsoft.Win32.SafeHandles;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Sockets;
using Runhouse.Protocol.Tests.Connections;
using Runhouse.Protocol.Tests.Resumption;

namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>Large pieces that go by memory which both ends of a Unix socket share, alone: it counts what the process has mapped.</summary>
[Collection(nameof(SharedMemoryTests))]
[CollectionDefinition(nameof(SharedMemoryTests), DisableParallelization = true)]
public sealed partial class SharedMemoryTests : IDisposable
{
    private const string NotHere = "Memory is shared on Linux.";
    private const int OpenFiles = 7;

    /// <summary>What is refused in one test is no reason to share nothing in the next.</summary>
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

    [Fact]
    public async Task A_descriptor_that_does_not_arrive_ends_the_connection_and_the_next_one_shares_nothing()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (near)
        {
            await using var transport = new SocketTransport(far);
            transport.ExpectShared();
            SharedRegion region = SharedRegion.TryCreate(out _)!;
            Assert.Equal(0, DescriptorMessage.Send(near.SafeHandle, 0, region.Descriptor!));
            Limit(out Limits usual);
            try
            {
                Assert.Contains("ulimit -n", Assert.Throws<IOException>(() => Read(transport.Input)).Message, StringComparison.Ordinal);
            }
            finally
            {
                Lift(usual);
                region.Close();
            }

            (SocketTransport next, SocketTransport other) = await PairAsync();
            Assert.False(next.CanShare);
            await next.DisposeAsync();
            await other.DisposeAsync();
        }
    }

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
    public async Task A_far_side_that_has_gone_is_no_reason_to_share_nothing_any_more()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        Agree(near, far);
        await far.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await near.Output.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken));
        Assert.True(SharedRegion.IsUsable);
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
    public void A_descriptor_that_is_no_shared_memory_is_refused()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        string path = Path.GetTempFileName();
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose))
        {
            RandomAccess.SetLength(file, SharedRegion.Bytes + 4096);
            Assert.Throws<IOException>(() => SharedRegion.Open(file));
        }

        Assert.False(SharedRegion.IsUsable);
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(SharedRegion.Bytes, 1)]
    [InlineData(SharedRegion.Bytes - 5, 6)]
    [InlineData(0, 0)]
    [InlineData(0, int.MaxValue)]
    public async Task A_piece_that_is_not_within_the_memory_ends_the_connection(int start, int length)
        => await AssertRefusedAsync(new SharedRegion.Piece { Start = start, Length = length });

    [Fact]
    public async Task A_piece_of_the_stream_that_has_come_already_ends_the_connection()
        => await AssertRefusedAsync(new SharedRegion.Piece { Offset = -1, Length = 1 });

    [Fact]
    public async Task Pieces_that_are_taken_and_were_not_there_end_the_connection()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (far)
        {
            await using var transport = new SocketTransport(near);
            transport.Share();
            ((BlockingSocketWriter)transport.Output).HoldsMore = true;
            await transport.Output.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken);
            DescriptorMessage.Receive(far.SafeHandle, new byte[1], out SafeFileHandle? descriptor, out _, out _);
            using (descriptor)
            {
                SharedRegion region = SharedRegion.Open(descriptor!);
                region.Taken = 7;
                await Assert.ThrowsAsync<IOException>(async () => await transport.Output.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken));
                region.Close();
            }
        }
    }

    private static async Task AssertRefusedAsync(SharedRegion.Piece piece)
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (near)
        {
            await using var transport = new SocketTransport(far);
            transport.ExpectShared();
            SharedRegion region = SharedRegion.TryCreate(out _)!;
            region.SlotOf(0) = piece;
            region.Published = 1;
            Assert.Equal(0, DescriptorMessage.Send(near.SafeHandle, 0, region.Descriptor!));
            Assert.Throws<IOException>(() => Read(transport.Input));
            region.Close();
        }
    }

    private static void Agree(SocketTransport near, SocketTransport far)
    {
        far.ExpectShared();
        near.Share();
        ((BlockingSocketWriter)near.Output).HoldsMore = true;
    }

    private static async Task SendAsync(SocketTransport near, SocketTransport far, int count)
    {
        byte[] sent = new byte[count];
        Random.Shared.NextBytes(sent);
        Task<byte[]> taking = OnThreadAsync(() => Take(far.Input, sent.Length, int.MaxValue));
        await near.Output.WriteAsync(sent, TestContext.Current.CancellationToken);
        byte[] received = await taking;
        Assert.True(sent.AsSpan().SequenceEqual(received));
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

    private static Task<(IDuplexPipe Transport, ClientHandshake Handshake)> NoMore(CancellationToken cancellationToken) => throw new InvalidOperationException("There is one connection.");

    private static async Task EchoAsync(WirePair pair)
    {
        byte[] sent = new byte[3_000_000];
        Random.Shared.NextBytes(sent);
        byte[]? echo = await pair.Methods.EchoBytesAsync(sent, TestContext.Current.CancellationToken);
        Assert.True(sent.AsSpan().SequenceEqual(echo));
    }

    private static int Mapped() => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("memfd:runhouse", StringComparison.Ordinal));

    private static async Task<(SocketTransport Near, SocketTransport Far)> PairAsync()
    {
        (Socket near, Socket far) = await SocketsAsync();
        return (new SocketTransport(near), new SocketTransport(far));
    }

    private static async Task<(Socket Near, Socket Far)> SocketsAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rhm-{Path.GetRandomFileName()}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await near.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        Socket far = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        File.Delete(path);
        return (near, far);
    }

    /// <summary>Readers block: not a thread of the pool, of which a test machine has few.</summary>
    private static Task<T> OnThreadAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static ReadResult Read(PipeReader input) => input.ReadAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Reads so many bytes, of each read at most so many, as a parser does that finds whole frames only.</summary>
    private static byte[] Take(PipeReader input, int count, int most)
    {
        byte[] taken = new byte[count];
        int at = 0;
        while (at < count)
        {
            ReadResult read = Read(input);
            Assert.False(read.IsCompleted && read.Buffer.IsEmpty);
            ReadOnlySequence<byte> some = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, most));
            some.CopyTo(taken.AsSpan(at));
            at += (int)some.Length;

            // Now and then the rest is half a frame: more is waited for, if it is to come.
            long rest = read.Buffer.Length - some.Length;
            if (rest > 0 && at + rest < count && at % 7 == 0)
                input.AdvanceTo(some.End, read.Buffer.End);
            else
                input.AdvanceTo(some.End);
        }

        return taken;
    }

    private static void Limit(out Limits usual)
    {
        // Below what is open by now, so that no other one can be.
        Assert.Equal(0, GetLimits(OpenFiles, out usual));
        Assert.Equal(0, SetLimits(OpenFiles, usual with { Current = 3 }));
    }

    private static void Lift(in Limits usual) => Assert.Equal(0, SetLimits(OpenFiles, usual));

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimits(int what, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetLimits(int what, in Limits limits);

    /// <summary><c>struct rlimit</c>.</summary>
    private record struct Limits(ulong Current, ulong Most);

    /// <summary>A connection of which nothing is known but that it is one.</summary>
    private sealed class Unshared(SocketTransport transport) : IDuplexPipe, IAsyncDisposable
    {
        public PipeReader Input => transport.Input;

        public PipeWriter Output => transport.Output;

        public ValueTask DisposeAsync() => transport.DisposeAsync();
    }
}
