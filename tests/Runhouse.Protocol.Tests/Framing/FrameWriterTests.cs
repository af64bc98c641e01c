using System.Buffers;
using System.IO.Pipelines;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

public class FrameWriterTests
{
    private const int Many = 10_000;

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
