using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>Log lines as frames: time in ticks, level, source, the category's length, the category, the text.</summary>
internal static class LogFrames
{
    public const int HeaderSize = 12;

    public static OutgoingFrame Write(in LogRecord record, long maxBodyBytes)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(maxBodyBytes);
        try
        {
            int category = Encoding.UTF8.GetByteCount(record.Category);
            int text = Encoding.UTF8.GetByteCount(record.Text);
            if (category > ushort.MaxValue)
                throw new ArgumentException($"The category of a log line is {category} bytes long; shorten it to {ushort.MaxValue}.", nameof(record));
            Span<byte> body = frame.Body.GetSpan(category + text);
            Encoding.UTF8.GetBytes(record.Category, body);
            Encoding.UTF8.GetBytes(record.Text, body[category..]);
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
}
