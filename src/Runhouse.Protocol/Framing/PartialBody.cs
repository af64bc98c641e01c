using System.Buffers;
using System.Buffers.Binary;
using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Framing;

/// <summary>A payload of which some chunks have arrived.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The connection gives the memory back, or hands it over.")]
internal sealed class PartialBody(FrameKind kind, long length)
{
    /// <summary>Memory is taken ahead up to here; beyond, only as chunks really arrive.</summary>
    private const long TakenAhead = 64L * 1024 * 1024;

    public BodyBuffer Buffer = new() { MaxBytes = length };

    public FrameKind Kind => kind;

    public long Length => length;

    public long Received { get; private set; }

    /// <summary>Whether the payload is over its limit: its chunks are counted and dropped.</summary>
    public bool IsDropped { get; init; }

    public static long ReadLength(in ReadOnlySequence<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        payload.Slice(0, sizeof(long)).CopyTo(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public void Append(in ReadOnlySequence<byte> chunk)
    {
        Received += chunk.Length;
        if (Received > Length)
            throw new ProtocolViolationException($"chunks of {Received} bytes for a payload of {Length}");
        if (IsDropped || chunk.IsEmpty)
            return;
        if (Buffer.Count == 0)
            Buffer.GetSpan((int)Math.Max(chunk.Length, Math.Min(Length, TakenAhead)));
        foreach (ReadOnlyMemory<byte> piece in chunk)
        {
            // A sequence may end in an empty piece, and a buffer that is exactly full has no room to show for it.
            if (piece.IsEmpty)
                continue;
            piece.Span.CopyTo(Buffer.GetSpan(piece.Length));
            Buffer.Advance(piece.Length);
        }
    }
}
