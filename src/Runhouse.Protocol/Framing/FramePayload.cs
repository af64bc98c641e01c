using System.Buffers;
using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Framing;

/// <summary>A received payload: still in the transport's memory, or put together from chunks. Good until the frame's handler returns.</summary>
internal readonly ref struct FramePayload
{
    private readonly PartialBody? _partial;

    // One or the other: almost every payload is one piece of memory, and a sequence of one would be made for nothing.
    private readonly ReadOnlyMemory<byte> _piece;
    private readonly ReadOnlySequence<byte> _pieces;

    public FramePayload(ReadOnlyMemory<byte> piece)
    {
        (_piece, Length) = (piece, piece.Length);
        Beginning = piece.Span;
    }

    public FramePayload(ReadOnlySequence<byte> pieces)
    {
        (_pieces, Length) = (pieces, pieces.Length);
        Beginning = pieces.FirstSpan;
    }

    public FramePayload(PartialBody partial)
        : this(partial.Buffer.Written) => _partial = partial;

    public ReadOnlySequence<byte> Bytes => _pieces.IsEmpty ? new ReadOnlySequence<byte>(_piece) : _pieces;

    /// <summary>The first piece: most often all of it.</summary>
    public ReadOnlySpan<byte> Beginning { get; }

    public long Length { get; }

    /// <summary>Whether it came in chunks.</summary>
    public bool IsChunked => _partial is not null;

    /// <summary>The byte at an offset.</summary>
    public byte this[int offset] => offset < Beginning.Length ? Beginning[offset] : Bytes.Slice(offset).FirstSpan[0];

    /// <summary>Makes the payload the content of a buffer: by copying it, or, put together from chunks, by handing the buffer over.</summary>
    public void MoveTo(ref BodyBuffer buffer)
    {
        if (_partial is not null)
        {
            (_partial.Buffer, buffer) = (buffer, _partial.Buffer);
            return;
        }

        buffer.Reset();
        int length = (int)Length;
        if (length == 0)
            return;
        buffer.MaxBytes = Math.Max(buffer.MaxBytes, length);
        Span<byte> room = buffer.GetSpan(length);
        if (Beginning.Length == length)
            Beginning.CopyTo(room);
        else
            Bytes.CopyTo(room);
        buffer.Advance(length);
    }
}
