using System.Buffers;
using System.Buffers.Binary;

namespace Runhouse.Protocol.Framing;

/// <summary>The fourteen bytes in front of every payload.</summary>
/// <param name="Kind">What the frame is.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="CallId">The call it belongs to; 0 for the connection itself.</param>
/// <param name="Length">The length of the payload.</param>
internal readonly record struct FrameHeader(FrameKind Kind, FrameFlags Flags, ulong CallId, int Length)
{
    public const int Size = 14;

    /// <summary>What the length counts besides the payload: kind, flags and call id.</summary>
    private const int CountedSize = Size - sizeof(uint);

    public void Write(Span<byte> output)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output[6..], CallId);
        output[5] = (byte)Flags;
        output[4] = (byte)Kind;
        BinaryPrimitives.WriteUInt32LittleEndian(output, (uint)(Length + CountedSize));
    }

    /// <summary>Takes one frame off the front; false until all of it is there.</summary>
    /// <param name="buffer">What has been received.</param>
    /// <param name="maxLength">The longest payload accepted.</param>
    /// <param name="header">The frame's header.</param>
    /// <param name="payload">Its payload.</param>
    public static bool TryRead(
        ref ReadOnlySequence<byte> buffer, int maxLength, out FrameHeader header, out ReadOnlySequence<byte> payload)
    {
        (header, payload) = (default, default);
        if (buffer.Length < Size)
            return false;
        if (buffer.FirstSpan.Length >= Size)
        {
            header = Parse(buffer.FirstSpan, maxLength);
        }
        else
        {
            Span<byte> bytes = stackalloc byte[Size];
            buffer.Slice(0, Size).CopyTo(bytes);
            header = Parse(bytes, maxLength);
        }

        if (buffer.Length < Size + header.Length)
            return false;
        payload = buffer.Slice(Size, header.Length);
        buffer = buffer.Slice(payload.End);
        return true;
    }

    /// <summary>Reads the frame at the front of one piece of memory; false until all of it is there.</summary>
    /// <param name="bytes">What has been received.</param>
    /// <param name="maxLength">The longest payload accepted.</param>
    /// <param name="header">The frame's header; its payload lies behind it.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int maxLength, out FrameHeader header)
    {
        header = bytes.Length < Size ? default : Parse(bytes, maxLength);
        return bytes.Length >= Size && bytes.Length - Size >= header.Length;
    }

    private static FrameHeader Parse(ReadOnlySpan<byte> bytes, int maxLength)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var kind = (FrameKind)bytes[4];
        var flags = (FrameFlags)bytes[5];
        if (length < CountedSize)
            throw new ProtocolViolationException($"a frame of {length} bytes is shorter than its own header");
        if (length - CountedSize > (uint)maxLength)
        {
            throw new ProtocolViolationException(
                $"a frame of {length - CountedSize} bytes is over the limit of {maxLength}", Connections.GoAwayCode.LimitExceeded);
        }

        if (kind is < FrameKind.Hello or > FrameKind.Ack)
            throw new ProtocolViolationException($"frames of kind {bytes[4]} do not exist");
        if ((flags & ~(FrameFlags.More | FrameFlags.Sized | FrameFlags.Reply)) != 0)
            throw new ProtocolViolationException($"a frame's flags 0x{bytes[5]:x2} do not exist");
        return new FrameHeader(kind, flags, BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..]), (int)(length - CountedSize));
    }
}
