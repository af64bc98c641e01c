using System.Buffers;

namespace Runhouse.Protocol.Redaction;

/// <summary>
/// Replaces secret texts in bytes that come in pieces. What may be the beginning of a secret is kept until the next piece decides, so that the result
/// is that of the whole, however it was cut; nothing else waits, and never beyond the end of a line.
/// </summary>
/// <param name="redactor">What to look for.</param>
public sealed class StreamRedactor(Redactor redactor)
{
    private static readonly byte[] Mark = "***"u8.ToArray();

    private readonly byte[][]?[] _byFirst = ByFirst(redactor.Bytes);
    private readonly ArrayBufferWriter<byte> _kept = new();
    private readonly ArrayBufferWriter<byte> _done = new();

    /// <summary>Takes a piece; the result is what can be shown by now. Good until the next call.</summary>
    /// <param name="piece">The bytes.</param>
    public ReadOnlyMemory<byte> Add(ReadOnlySpan<byte> piece) => Take(piece, isEnd: false);

    /// <summary>The rest, at the end of the stream.</summary>
    public ReadOnlyMemory<byte> End() => Take([], isEnd: true);

    private ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> piece, bool isEnd)
    {
        _kept.Write(piece);
        _done.ResetWrittenCount();
        ReadOnlySpan<byte> text = _kept.WrittenSpan;
        int shown = 0;
        int at = 0;
        while (at < text.Length)
        {
            byte[][]? candidates = _byFirst[text[at]];
            if (candidates is null)
            {
                at++;
                continue;
            }

            if (!isEnd && MayGoOn(candidates, text[at..]))
                break;
            int length = LengthOfSecret(candidates, text[at..]);
            if (length == 0)
            {
                at++;
                continue;
            }

            _done.Write(text[shown..at]);
            _done.Write(Mark);
            at += length;
            shown = at;
        }

        _done.Write(text[shown..at]);
        byte[] rest = text[at..].ToArray();
        _kept.ResetWrittenCount();
        _kept.Write(rest);
        return _done.WrittenMemory;
    }

    /// <summary>Whether more bytes could make a secret of these: then nothing is decided yet, not even by a shorter one that is there.</summary>
    private static bool MayGoOn(byte[][] candidates, ReadOnlySpan<byte> text)
    {
        foreach (byte[] candidate in candidates)
        {
            if (candidate.Length > text.Length && candidate.AsSpan().StartsWith(text))
                return true;
        }

        return false;
    }

    private static int LengthOfSecret(byte[][] candidates, ReadOnlySpan<byte> text)
    {
        foreach (byte[] candidate in candidates)
        {
            if (text.StartsWith(candidate))
                return candidate.Length;
        }

        return 0;
    }

    // The longest first, as they come: the first that fits is the one.
    private static byte[][]?[] ByFirst(byte[][] texts)
    {
        byte[][]?[] byFirst = new byte[256][][];
        foreach (IGrouping<byte, byte[]> group in texts.OrderByDescending(static text => text.Length).GroupBy(static text => text[0]))
            byFirst[group.Key] = [.. group];
        return byFirst;
    }
}
