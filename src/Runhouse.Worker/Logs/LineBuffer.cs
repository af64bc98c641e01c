using Runhouse.Protocol.Redaction;

namespace Runhouse.Worker.Logs;

/// <summary>Cuts what a flow writes into lines. Whoever uses it locks it.</summary>
internal sealed class LineBuffer
{
    /// <summary>A line this long is handed on in pieces: user code that never ends its line must not fill the memory.</summary>
    private const int LongestLine = 32 * 1024;

    private char[] _partial = [];
    private int _length;

    /// <summary>Whether a line was begun and not ended.</summary>
    public bool HasPartialLine => _length > 0;

    /// <summary>Takes text and hands on the lines that it ends.</summary>
    /// <typeparam name="TState">What <paramref name="line"/> needs, so that it captures nothing.</typeparam>
    public void Append<TState>(ReadOnlySpan<char> text, Redactor? redactor, TState state, LineAction<TState> line)
    {
        while (text.IndexOf('\n') is >= 0 and int end)
        {
            var rest = text[..end];
            if (_length == 0)
            {
                line(TrimEnd(rest), state);
            }
            else
            {
                Keep(rest);
                Flush(state, line);
            }

            text = text[(end + 1)..];
        }

        while (_length + text.Length > LongestLine)
        {
            int piece = LongestLine - _length;
            Keep(text[..piece]);
            text = text[piece..];

            // Two halves of a secret would both be shown: it is handed on with the next piece.
            int kept = redactor?.BeginningAtEnd(_partial.AsSpan(0, _length)) ?? 0;
            if (kept == _length)
                kept = 0;
            line(_partial.AsSpan(0, _length - kept), state);
            _partial.AsSpan(_length - kept, kept).CopyTo(_partial);
            _length = kept;
        }

        if (text.Length > 0)
            Keep(text);
    }

    /// <summary>Hands on the line begun, if any.</summary>
    /// <typeparam name="TState">What <paramref name="line"/> needs, so that it captures nothing.</typeparam>
    public void Flush<TState>(TState state, LineAction<TState> line)
    {
        int length = _length;
        _length = 0;
        line(TrimEnd(_partial.AsSpan(0, length)), state);
    }

    private static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> line) => line is [.. var head, '\r'] ? head : line;

    private void Keep(ReadOnlySpan<char> text)
    {
        if (_partial.Length < _length + text.Length)
            Array.Resize(ref _partial, Math.Max(128, Math.Max(_partial.Length * 2, _length + text.Length)));
        text.CopyTo(_partial.AsSpan(_length));
        _length += text.Length;
    }
}
