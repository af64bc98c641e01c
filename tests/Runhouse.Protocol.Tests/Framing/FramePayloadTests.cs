using System.Buffers;
using System.Diagnostics;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

/// <summary>A payload reads the same in one piece and in two, wherever it is cut.</summary>
public sealed class FramePayloadTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_call_that_is_cut_anywhere_has_its_header_and_its_arguments(bool isTraced)
    {
        var trace = isTraced ? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true) : default;
        var header = new CallHeader(0x1122334455667788, 42, 43, 44, isTraced ? CallFlags.Traced | CallFlags.WantsLogs : CallFlags.MapForm);
        byte[] bytes = new byte[100];
        Random.Shared.NextBytes(bytes);
        int size = header.Write(bytes, trace);
        for (int cut = 1; cut < bytes.Length; cut++)
        {
            var payload = new FramePayload(Cut(bytes, cut));
            Check(payload);
            Assert.Equal(size, CallHeader.Read(payload, out CallHeader read, out ActivityContext readTrace));
            Assert.Equal((header, trace), (read, readTrace));
        }

        var whole = new FramePayload(bytes.AsMemory());
        Check(whole);
        Assert.Equal(size, CallHeader.Read(whole, out CallHeader same, out _));
        Assert.Equal(header, same);
        for (int length = 2; length < size; length++)
            Assert.Equal(0, CallHeader.Read(new FramePayload(Cut(bytes[..length], length / 2)), out _, out _));

        void Check(scoped in FramePayload payload)
        {
            Assert.Equal(bytes.Length, payload.Length);
            Assert.Equal(bytes, payload.Bytes.ToArray());
            Assert.Equal((bytes[0], bytes[50], bytes[99]), (payload[0], payload[50], payload[99]));
            var buffer = new BodyBuffer();
            payload.MoveTo(ref buffer);
            Assert.Equal(bytes, buffer.Written.ToArray());
            buffer.Dispose();
        }
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int at)
    {
        var first = new Piece(bytes.AsMemory(0, at), 0, null);
        var second = new Piece(bytes.AsMemory(at), at, first);
        return new ReadOnlySequence<byte>(first, 0, second, bytes.Length - at);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index, Piece? before)
        {
            (Memory, RunningIndex) = (memory, index);
            before?.Next = this;
        }
    }
}
