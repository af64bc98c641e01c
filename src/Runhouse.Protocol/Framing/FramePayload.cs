using System.Buffers;
using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Framing;

/// <summary>A received payload: still in the transport's memory, or put together from chunks. Good until the frame's handler returns.</summary>
internal readonly ref struct FramePayload
{
    private readonly PartialBody? _partial;

    public FramePayload(ReadOnlySequence<byte> bytes) => Bytes = bytes;

    public FramePayload(PartialBody partial)
    {
        _partial = partial;
        Bytes = new ReadOnlySequence<byte>(partial.Buffer.Written);
    }

    public ReadOnlySequence<byte> Bytes { get; }

    public long Length => Bytes.Length;

    /// <summary>Whether it came in chunks.</summary>
    public bool IsChunked => _partial is not null;

    /// <summary>The byte at an offset.</summary>
    public byte this[int offset] => Bytes.Slice(offset).FirstSpan[0];

    /// <summary>Makes the payload the content of a buffer: by copying it, or, put together from chunks, by handing the buffer over.</summary>
    public void MoveTo(ref BodyBuffer buffer)
    {
        if (_partial is not null)
        {
            (_partial.Buffer, buffer) = (buffer, _partial.Buffer);
            return;
        }

        buffer.Reset();
        int length = (int)Bytes.Length;
        if (length == 0)
            return;
        buffer.MaxBytes = Math.Max(buffer.MaxBytes, length);
        Bytes.CopyTo(buffer.GetSpan(length));
        buffer.Advance(length);
    }
}
