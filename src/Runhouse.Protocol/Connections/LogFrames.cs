using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>Log lines as frames: time in ticks, level, source, the category's length, the category, the text.</summary>
internal static class LogFrames
{
    public const int HeaderSize = 12;

    // Who logs must not fail because of it, and a line is for people to read.
    private const int LongestCategory = 4 * 1024;
    private const int LongestText = 256 * 1024;

    /// <summary>What a line takes beside its payload while it waits, at either end: of short lines, that is most of it.</summary>
    private const int Overhead = 512;

    /// <summary>What a line counts for in the window of its session.</summary>
    /// <param name="payload">The size of its payload.</param>
    public static long Cost(long payload) => payload + Overhead;

    public static OutgoingFrame Write(in LogRecord record, long maxBodyBytes)
    {
        string name = Cut(record.Category, LongestCategory);
        string line = Cut(record.Text, LongestText);
        OutgoingFrame frame = OutgoingFrame.Rent(maxBodyBytes);
        try
        {
            int category = Encoding.UTF8.GetByteCount(name);
            int text = Encoding.UTF8.GetByteCount(line);
            Span<byte> body = frame.Body.GetSpan(category + text);
            Encoding.UTF8.GetBytes(name, body);
            Encoding.UTF8.GetBytes(line, body[category..]);
            frame.Body.Advance(category + text);
            BinaryPrimitives.WriteInt64LittleEndian(frame.Prefix, record.Time.UtcTicks);
            frame.Prefix[8] = (byte)record.Level;
            frame.Prefix[9] = (byte)record.Source;
            BinaryPrimitives.WriteUInt16LittleEndian(frame.Prefix[10..], (ushort)category);
            frame.PrefixLength = HeaderSize;
            return frame.As(FrameKind.Log, record.CallId);
        }
        catch
        {
            frame.Return();
            throw;
        }
    }

    public static LogRecord Read(ulong callId, in ReadOnlySequence<byte> payload)
    {
        if (payload.Length < HeaderSize)
            throw new ProtocolViolationException("a log frame shorter than its header");
        Span<byte> header = stackalloc byte[HeaderSize];
        payload.Slice(0, HeaderSize).CopyTo(header);
        long ticks = BinaryPrimitives.ReadInt64LittleEndian(header);
        int category = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        if (payload.Length < HeaderSize + category || ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks)
            throw new ProtocolViolationException("a malformed log frame");
        return new LogRecord(
            callId,
            new DateTimeOffset(ticks, TimeSpan.Zero),
            header[8],
            Encoding.UTF8.GetString(payload.Slice(HeaderSize, category)),
            Encoding.UTF8.GetString(payload.Slice(HeaderSize + category)),
            (LogSource)header[9]);
    }

    private static string Cut(string text, int length) => text.Length <= length
        ? text
        : $"{text.AsSpan(0, length)} (and {text.Length - length} characters more)";
}
