using System.Buffers.Binary;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>A frame as bytes that need not be right.</summary>
internal sealed record WireFrame(byte Kind, byte Flags, ulong CallId, byte[] Payload)
{
    /// <summary>What the header says to follow it; null for the truth.</summary>
    public uint? Length { get; init; }

    public bool IsFirstChunk => (Flags & (byte)FrameFlags.Sized) != 0 && Payload.Length >= sizeof(ulong);

    /// <summary>Takes good bytes apart.</summary>
    public static List<WireFrame> Parse(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<WireFrame>();
        while (bytes.Length > 0)
        {
            int end = sizeof(uint) + BinaryPrimitives.ReadInt32LittleEndian(bytes);
            frames.Add(new WireFrame(bytes[4], bytes[5], BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..]), bytes[FrameHeader.Size..end].ToArray()));
            bytes = bytes[end..];
        }

        return frames;
    }

    public static byte[] Write(IEnumerable<WireFrame> frames)
    {
        var bytes = new List<byte>();
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        foreach (WireFrame frame in frames)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header, frame.Length ?? (uint)(frame.Payload.Length + FrameHeader.Size - sizeof(uint)));
            (header[4], header[5]) = (frame.Kind, frame.Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header[6..], frame.CallId);
            bytes.AddRange(header);
            bytes.AddRange(frame.Payload);
        }

        return [.. bytes];
    }

    /// <summary>Whether a reader finds out all that is in the bytes: they end where a frame ends, or a header is not one.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="maxPayload">The longest payload that the reader accepts.</param>
    public static bool IsWhole(ReadOnlySpan<byte> bytes, int maxPayload)
    {
        while (bytes.Length >= FrameHeader.Size)
        {
            long end = sizeof(uint) + (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (end < FrameHeader.Size || end > FrameHeader.Size + maxPayload || bytes[4] is 0 or > (byte)FrameKind.Ack || bytes[5] > 7)
                return true;
            if (end > bytes.Length)
                return false;
            bytes = bytes[(int)end..];
        }

        return bytes.IsEmpty;
    }
}
