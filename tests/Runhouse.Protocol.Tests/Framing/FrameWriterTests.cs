using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using CsCheck;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

public class FrameWriterTests
{
    private const int Many = 10_000;
    private const int Calls = 12;

    private static readonly int[] Sizes = [10, 60_000, 60_000, 60_000, 60_000, 60_000, 100_000];

    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly FrameWriter _writer;

    public FrameWriterTests() => _writer = new FrameWriter(Wire.Into(_output.Writer), WireLimits.Default, static _ => { });

    [Fact]
    public async Task Calls_cancelled_before_they_are_sent_are_never_sent_and_neither_are_their_cancels()
    {
        const ulong Sent = 1;
        const ulong Kept = 2;
        const ulong First = 3;
        _writer.Enqueue(OutgoingFrame.Short(FrameKind.Call, Sent), inline: true);
        await _writer.FlushedAsync();
        Assert.True(_writer.TryHold());
        _writer.Enqueue(OutgoingFrame.Short(FrameKind.Call, Kept));
        for (ulong i = 0; i < Many; i++)
        {
            // Some are too large for one frame, some have items as well.
            _writer.Enqueue(i % 100 == 0 ? Large(First + i) : OutgoingFrame.Short(FrameKind.Call, First + i));
            if (i % 3 == 0)
                _writer.Enqueue(OutgoingFrame.Short(FrameKind.Item, First + i));
        }

        for (ulong i = 0; i < Many; i++)
            _writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, First + i));
        _writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, Sent));
        _writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, Sent));
        _writer.Release(inline: true);
        await _writer.FlushedAsync();

        // Control frames go first.
        Assert.Equal([(FrameKind.Call, Sent), (FrameKind.Cancel, Sent), (FrameKind.Call, Kept)], await ReadAsync());
    }

    [Fact]
    public async Task A_call_cancelled_in_the_middle_of_its_chunks_is_sent_no_further()
    {
        const ulong Call = 1;
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var writer = new FrameWriter(Wire.Into(pipe.Writer), WireLimits.Default, static _ => { });
        writer.Enqueue(Large(Call, 16 << 20), inline: true);
        writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, Call));

        // Sent in parts, of which the reader takes one after the other.
        List<FrameKind> frames = [];
        while (!frames.Contains(FrameKind.Cancel))
        {
            ReadResult read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
            ReadOnlySequence<byte> bytes = read.Buffer;
            while (FrameHeader.TryRead(ref bytes, WireLimits.Default.MaxFrameBytes, out FrameHeader header, out _))
                frames.Add(header.Kind);
            pipe.Reader.AdvanceTo(bytes.Start, bytes.End);
        }

        await writer.FlushedAsync();
        Assert.False(pipe.Reader.TryRead(out _));
        Assert.Equal(FrameKind.Cancel, frames[^1]);
        Assert.InRange(frames.Count, 2, 10);
    }

    /// <summary>Small ones, ones in one frame, and ones in chunks, of several calls, more than is flushed at once.</summary>
    [Fact]
    public void Of_each_call_the_frames_are_sent_in_the_order_in_which_they_came()
        => Gen.Select(Gen.Int[1, Calls], Gen.Int[0, Sizes.Length - 1].Select(static i => Sizes[i])).Array[1, 100].Sample(
            frames => new FrameWriterTests().KeepsOrderAsync(frames).GetAwaiter().GetResult(), iter: 200);

    private async Task KeepsOrderAsync((int Call, int Size)[] frames)
    {
        Assert.True(_writer.TryHold());
        for (int i = 0; i < frames.Length; i++)
        {
            OutgoingFrame frame = OutgoingFrame.Rent(1 << 20);
            BinaryPrimitives.WriteInt32LittleEndian(frame.Body.GetSpan(frames[i].Size), i);
            frame.Body.Advance(frames[i].Size);
            _writer.Enqueue(frame.As(FrameKind.Item, (ulong)frames[i].Call));
        }

        _writer.Release(inline: true);
        await _writer.FlushedAsync();
        ReadOnlySequence<byte> bytes = (await _output.Reader.ReadAsync(TestContext.Current.CancellationToken)).Buffer;
        var sent = new List<int>();
        var chunked = new HashSet<ulong>();
        while (FrameHeader.TryRead(ref bytes, WireLimits.Default.MaxFrameBytes, out FrameHeader header, out ReadOnlySequence<byte> payload))
        {
            bool isSized = (header.Flags & FrameFlags.Sized) != 0;
            if (isSized || !chunked.Contains(header.CallId))
                sent.Add(BinaryPrimitives.ReadInt32LittleEndian(payload.Slice(isSized ? sizeof(ulong) : 0, sizeof(int)).ToArray()));
            Assert.False(isSized && chunked.Contains(header.CallId));
            if ((header.Flags & FrameFlags.More) != 0)
                chunked.Add(header.CallId);
            else
                chunked.Remove(header.CallId);
        }

        for (int call = 1; call <= Calls; call++)
            Assert.Equal(Enumerable.Range(0, frames.Length).Where(i => frames[i].Call == call), sent.Where(i => frames[i].Call == call));
    }

    private static OutgoingFrame Large(ulong callId, int size = 70_000)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(size);
        frame.Body.GetSpan(size);
        frame.Body.Advance(size);
        return frame.As(FrameKind.Call, callId);
    }

    private async Task<List<(FrameKind Kind, ulong CallId)>> ReadAsync()
    {
        ReadResult read = await _output.Reader.ReadAsync(TestContext.Current.CancellationToken);
        ReadOnlySequence<byte> bytes = read.Buffer;
        List<(FrameKind, ulong)> frames = [];
        while (FrameHeader.TryRead(ref bytes, WireLimits.Default.MaxFrameBytes, out FrameHeader header, out _))
            frames.Add((header.Kind, header.CallId));
        return frames;
    }
}
