using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using MessagePack;

namespace Runhouse.Protocol.Codec;

/// <summary>Decides how a string travels.</summary>
internal static class TextEncoding
{
    /// <summary>In front of a text that is encoded at once, whose length fits two bytes.</summary>
    private const int MostHeaderBytes = 3;
    private const int MostBytesPerCharacter = 3;

    /// <summary>Longer texts are looked at before they are written: what is reserved for them would be three times their size, and for nothing if they are not well-formed.</summary>
    private const int LongestAtOnce = 16 * 1024;

    /// <summary>Writes a text in UTF-8; false, and nothing is written, when that would not keep it as it is.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="text">The text.</param>
    public static bool TryWrite(ref MessagePackWriter writer, string text)
    {
        if (text.Length <= LongestAtOnce)
            return TryWriteAtOnce(ref writer, text);
        if (!IsWellFormed(text))
            return false;
        writer.Write(text);
        return true;
    }

    /// <summary>In one pass: encoded behind a header of the size that it has when every character takes a byte, and looked at meanwhile.</summary>
    private static bool TryWriteAtOnce(ref MessagePackWriter writer, string text)
    {
        Span<byte> room = writer.GetSpan(MostHeaderBytes + (MostBytesPerCharacter * text.Length));
        int begin = HeaderBytes(text.Length);
        if (Utf8.FromUtf16(text, room[begin..], out _, out int length, replaceInvalidSequences: false) != OperationStatus.Done)
            return false;
        int header = HeaderBytes(length);
        if (header != begin)
            room.Slice(begin, length).CopyTo(room[header..]);
        switch (header)
        {
            case 1:
                room[0] = (byte)(MessagePackCode.MinFixStr | length);
                break;
            case 2:
                (room[0], room[1]) = (MessagePackCode.Str8, (byte)length);
                break;
            default:
                room[0] = MessagePackCode.Str16;
                BinaryPrimitives.WriteUInt16BigEndian(room[1..], (ushort)length);
                break;
        }

        writer.Advance(header + length);
        return true;
    }

    private static int HeaderBytes(int length) => length <= MessagePackRange.MaxFixStringLength ? 1 : length <= byte.MaxValue ? 2 : 3;

    /// <summary>Whether every surrogate in the text has its partner, so that UTF-8 keeps the text as it is.</summary>
    /// <param name="text">The text.</param>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        // Vectorized: most strings hold no surrogate at all.
        int first = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
            return true;
        for (int i = first; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
