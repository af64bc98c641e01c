using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Sockets;
using static Runhouse.Protocol.Tests.Sockets.SharedPair;

namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>What a far side has received, which it says by the memory that it takes pieces from.</summary>
[Collection("SharedMemory")]
public sealed class SharedAcknowledgementTests : IDisposable
{
    private const int PieceBytes = 60_000;

    /// <summary>What is in the way in one test is no reason to share nothing in the next.</summary>
    public void Dispose() => SharedRegion.IsUsable = true;

    [Fact]
    public async Task What_has_been_received_is_let_go_of_with_the_next_piece_and_frames_say_it_rarely()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (SocketTransport near, SocketTransport far) = await PairAsync();
        Agree(near, far);
        await using ResumableTransport sender = Session(near);
        await using ResumableTransport receiver = Session(far);
        List<long> frames = [];
        receiver.Input.Acknowledge = frames.Add;
        Assert.True(await receiver.Input.NextAsync());
        try
        {
            for (int i = 0; i < 10; i++)
            {
                Adopt(sender.Output);
                Assert.True(await sender.Output.FlushAsync());
                Assert.InRange(sender.Output.Kept, 0, PieceBytes);
                await OnThreadAsync(() => Take(receiver.Input));
                Assert.Equal((i + 1) * PieceBytes, receiver.Input.Received);
            }
        }
        finally
        {
            receiver.Input.Complete();
        }

        Assert.Equal([5 * PieceBytes, 10 * PieceBytes], frames);
    }

    [Fact]
    public async Task Whoever_says_that_it_has_more_than_it_was_sent_loses_the_connection_and_shares_no_more()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (far)
        {
            var transport = new SocketTransport(near);
            transport.Share();
            await using ResumableTransport sender = Session(transport);
            Exception? loss = null;
            sender.Lost = cause => loss = cause;
            Adopt(sender.Output);
            Assert.True(await sender.Output.FlushAsync());
            DescriptorMessage.Receive(far.SafeHandle, new byte[1], out SafeFileHandle? descriptor, out _, out _);
            using (descriptor)
            {
                using SharedRegion region = SharedRegion.Open(descriptor!);
                region.Received = PieceBytes - 1;
                Adopt(sender.Output);
                Assert.True(await sender.Output.FlushAsync());
                Assert.Equal(PieceBytes - 1, sender.Output.Acknowledged);
                region.Received = (3 * PieceBytes) + 1;
                Adopt(sender.Output);

                // The session goes on, over the next connection.
                Assert.True(await sender.Output.FlushAsync());
            }

            Assert.Null(sender.Carrier);
            Assert.Contains("more than it was sent", Assert.IsType<IOException>(loss).Message, StringComparison.Ordinal);
            Assert.False(SharedRegion.IsUsable);
            Assert.Equal((3 * PieceBytes) - PieceBytes + 1, sender.Output.Kept);
        }
    }

    private static ResumableTransport Session(SocketTransport connection)
    {
        var session = new ResumableTransport(connection, 1 << 20, TimeProvider.System);
        session.Outlive(TimeSpan.FromHours(1));
        session.Output.IsOneCalls = true;
        return session;
    }

    private static void Adopt(RetainingWriter output) => output.Adopt(new ArraySegment<byte>(ArrayPool<byte>.Shared.Rent(PieceBytes), 0, PieceBytes));

    private static long Take(ResumableReader input)
    {
        ReadResult read = input.ReadAsync().AsTask().GetAwaiter().GetResult();
        Assert.True(input.TryTake(read, null));
        input.AdvanceTo(read.Buffer.Slice(read.Buffer.End));
        return read.Buffer.Length;
    }
}
