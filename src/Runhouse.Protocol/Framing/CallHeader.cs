using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Runhouse.Protocol.Framing;

/// <summary>What is said about a call in front of its arguments; fixed, so that it decodes apart from them.</summary>
/// <param name="MethodId">The member called.</param>
/// <param name="ObjectId">The object called; 0 for none.</param>
/// <param name="SchemaHash">The hash of the member's shapes as the caller knows them.</param>
/// <param name="DeadlineMilliseconds">The time the call may take; 0 for no limit.</param>
/// <param name="Flags">The call's flags.</param>
internal readonly record struct CallHeader(
    ulong MethodId, ulong ObjectId, ulong SchemaHash, uint DeadlineMilliseconds, CallFlags Flags)
{
    public const int Size = 29;
    public const int TraceSize = 25;
    public const int MaxSize = Size + TraceSize;

    /// <summary>Writes the header and, where the flags say so, the trace context; returns the number of bytes.</summary>
    public int Write(Span<byte> output, in ActivityContext trace)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output, MethodId);
        BinaryPrimitives.WriteUInt64LittleEndian(output[8..], ObjectId);
        BinaryPrimitives.WriteUInt64LittleEndian(output[16..], SchemaHash);
        BinaryPrimitives.WriteUInt32LittleEndian(output[24..], DeadlineMilliseconds);
        output[28] = (byte)Flags;
        if ((Flags & CallFlags.Traced) == 0)
            return Size;
        trace.TraceId.CopyTo(output.Slice(Size, 16));
        trace.SpanId.CopyTo(output.Slice(Size + 16, 8));
        output[Size + 24] = (byte)trace.TraceFlags;
        return MaxSize;
    }

    /// <summary>Reads the header; returns the number of bytes, or 0 when there are too few.</summary>
    public static int Read(scoped in FramePayload payload, out CallHeader header, out ActivityContext trace)
    {
        (header, trace) = (default, default);
        int available = (int)Math.Min(payload.Length, MaxSize);
        if (available < Size)
            return 0;
        scoped ReadOnlySpan<byte> bytes = payload.Beginning;
        if (bytes.Length < available)
        {
            Span<byte> copy = stackalloc byte[MaxSize];
            payload.Bytes.Slice(0, available).CopyTo(copy);
            bytes = copy;
        }

        header = new CallHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
            (CallFlags)bytes[28]);
        if ((header.Flags & CallFlags.Traced) == 0)
            return Size;
        if (available < MaxSize)
            return 0;
        trace = new ActivityContext(
            ActivityTraceId.CreateFromBytes(bytes.Slice(Size, 16)),
            ActivitySpanId.CreateFromBytes(bytes.Slice(Size + 16, 8)),
            (ActivityTraceFlags)bytes[Size + 24],
            isRemote: true);
        return MaxSize;
    }
}
