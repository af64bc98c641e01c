using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Sockets;

public class SocketTransportTests
{
    /// <summary>More than have a thread of their own.</summary>
    private const int Many = 80;

    [Fact]
    public async Task Bytes_arrive_in_order_whatever_pieces_they_are_sent_and_taken_in()
        => await Gen.Select(Gen.Int[1, 300_000].Array[1, 8], Gen.Int[1, 100_000]).SampleAsync(
            async (pieces, taken) =>
            {
                (SocketTransport near, SocketTransport far) = await PairAsync();
                await using SocketTransport nearEnd = near;
                await using SocketTransport farEnd = far;
                byte[] sent = new byte[pieces.Sum()];
                Random.Shared.NextBytes(sent);
                Task sending = Task.Run(async () =>
                {
                    int at = 0;
                    foreach (int piece in pieces)
                    {
                        await near.Output.WriteAsync(sent.AsMemory(at, piece));
                        at += piece;
                    }
                });
                Assert.Equal(sent, await OnThreadAsync(() => Take(far.Input, sent.Length, taken)));
                await sending;
            },
            iter: 50);

    [Fact]
    public async Task A_reader_that_waits_is_woken_by_its_cancellation_and_by_the_end()
    {
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        await using SocketTransport farEnd = far;
        Task<ReadResult> cancelled = OnThreadAsync(() => Read(far.Input));
        Task<ReadResult> ended = OnThreadAsync(() => Read(near.Input));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        far.Input.CancelPendingRead();
        Assert.True((await cancelled).IsCanceled);
        await far.DisposeAsync();
        Assert.True((await ended).IsCompleted);
    }

    [Fact]
    public async Task A_read_with_a_token_gives_up_with_it()
    {
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        await using SocketTransport farEnd = far;
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => far.Input.ReadAsync(soon.Token).AsTask());
    }

    [Fact]
    public async Task A_writer_whose_far_side_does_not_read_waits_until_it_does_or_until_it_is_cancelled()
    {
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        await using SocketTransport farEnd = far;
        byte[] sent = new byte[8 << 20];
        Random.Shared.NextBytes(sent);
        Task<FlushResult> writing = near.Output.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(writing.IsCompleted);
        Assert.Equal(sent, await OnThreadAsync(() => Take(far.Input, sent.Length, sent.Length)));
        Assert.False((await writing).IsCanceled);

        // More than the system's buffers hold, which have grown with the first write. The writer's own cancellation, not a token's.
        byte[] more = new byte[64 << 20];
        writing = near.Output.WriteAsync(more, CancellationToken.None).AsTask();
        ReadResult begun = await far.Input.ReadAsync(TestContext.Current.CancellationToken);
        far.Input.AdvanceTo(begun.Buffer.End);
        near.Output.CancelPendingFlush();
        Assert.True((await writing).IsCanceled);
    }

    [Fact]
    public async Task The_socket_of_a_lone_call_holds_more_and_of_several_as_much_as_before()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await near.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        using Socket far = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        File.Delete(path);
        near.Blocking = false;
        int usual = Held(near);
        var writer = new BlockingSocketWriter(near);

        writer.HoldsMore = true;
        int more = Held(near);
        Assert.InRange(more, usual + 1, int.MaxValue);
        writer.HoldsMore = false;
        Assert.Equal(usual, Held(near));
        writer.HoldsMore = true;
        Assert.Equal(more, Held(near));

        static int Held(Socket socket) => socket.SendBufferSize;
    }

    [Fact]
    public async Task A_writer_that_begins_to_wait_while_the_connection_is_disposed_ends()
    {
        byte[] sent = new byte[8 << 20];
        for (int i = 0; i < 300; i++)
        {
            (SocketTransport near, SocketTransport far) = await PairAsync();
            await using SocketTransport farEnd = far;
            Task writing = Task.Run(async () => await near.Output.WriteAsync(sent), TestContext.Current.CancellationToken);
            Thread.SpinWait(Random.Shared.Next(100_000));
            await near.DisposeAsync();

            // Nobody reads: it ends with an error or, had it not begun, with the object's disposal.
            await Assert.ThrowsAnyAsync<Exception>(() => writing.WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.True(writing.IsCompleted);
        }
    }

    [Fact]
    public async Task Connections_beyond_those_with_a_thread_work_alike()
    {
        var pairs = new List<(SocketTransport Near, SocketTransport Far)>();
        for (int i = 0; i < Many; i++)
            pairs.Add(await PairAsync());
        Assert.IsNotType<BlockingSocketReader>(pairs[^1].Far.Input);
        byte[] sent = new byte[100_000];
        Random.Shared.NextBytes(sent);
        foreach ((SocketTransport near, SocketTransport far) in pairs)
        {
            ValueTask<FlushResult> writing = near.Output.WriteAsync(sent, TestContext.Current.CancellationToken);
            Assert.Equal(sent, await OnThreadAsync(() => Take(far.Input, sent.Length, sent.Length)));
            await writing;
        }

        foreach ((SocketTransport near, SocketTransport far) in pairs)
        {
            await near.DisposeAsync();
            await far.DisposeAsync();
        }

        (SocketTransport last, SocketTransport other) = await PairAsync();
        Assert.IsType<BlockingSocketReader>(last.Input);
        await last.DisposeAsync();
        await other.DisposeAsync();
    }

    private static async Task<(SocketTransport Near, SocketTransport Far)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        SocketTransport near = await SocketTransport.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        return (near, new SocketTransport(await listener.AcceptAsync(TestContext.Current.CancellationToken)));
    }

    /// <summary>Some readers block: not a thread of the pool, of which a test machine has few.</summary>
    private static Task<T> OnThreadAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static ReadResult Read(PipeReader input) => input.ReadAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Reads so many bytes, of each read at most so many, as a parser does that finds whole frames only.</summary>
    private static byte[] Take(PipeReader input, int count, int most)
    {
        var taken = new ArrayBufferWriter<byte>(count);
        while (taken.WrittenCount < count)
        {
            ReadResult read = Read(input);
            ReadOnlySequence<byte> piece = read.Buffer.Slice(0, Math.Min(most, read.Buffer.Length));
            foreach (ReadOnlyMemory<byte> memory in piece)
                taken.Write(memory.Span);
            input.AdvanceTo(piece.End, piece.End);
        }

        return taken.WrittenSpan.ToArray();
    }
}
