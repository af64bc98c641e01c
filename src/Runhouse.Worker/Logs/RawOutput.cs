using System.Text;
using Runhouse.Protocol.Connections;

namespace Runhouse.Worker.Logs;

/// <summary>
/// Reads what native code and child processes write to a standard stream, past <see cref="Console"/>, on a thread of its own, and hands it on line by
/// line. It is taken out of the pipe when it has been handed on, not before: what this process has not come to when it crashes is still there, for the host.
/// </summary>
internal sealed class RawOutput
{
    private const int ChunkBytes = 16 << 10;
    private const int ShownFrames = 1000;
    private const string Overflow = "Stack overflow.";
    private const string Frame = "   at ";

    // A crash report comes in pieces of lines, which have to stay in the pipe until the line is whole. What is never ended is shown as it is.
    private static readonly TimeSpan LinePatience = TimeSpan.FromSeconds(1);

    private readonly RawPipe _pipe;
    private readonly RawPipe _copy = RawPipe.Create(ChunkBytes);
    private readonly LogSource _source;
    private readonly WorkerLog _log;
    private readonly Action<LogSource, string> _line;
    private readonly LineBuffer _lines = new();

    // How many frames of a stack that ran over have come; none while no such report comes.
    private int? _frames;

    private RawOutput(RawPipe pipe, LogSource source, WorkerLog log, Action<LogSource, string> line)
        => (_pipe, _source, _log, _line) = (pipe, source, log, line);

    /// <summary>Begins to read.</summary>
    /// <param name="pipe">The pipe that the stream leads into.</param>
    /// <param name="source">Which stream it is.</param>
    /// <param name="log">The worker's log.</param>
    /// <param name="line">Takes each line, without the secrets in it.</param>
    public static void Start(RawPipe pipe, LogSource source, WorkerLog log, Action<LogSource, string> line)
        => new Thread(new RawOutput(pipe, source, log, line).Run) { IsBackground = true, Name = $"Runhouse {source}" }.UnsafeStart();

    private void Run()
    {
        Decoder decoder = Encoding.UTF8.GetDecoder();
        byte[] bytes = new byte[ChunkBytes];
        char[] text = new char[Encoding.UTF8.GetMaxCharCount(ChunkBytes)];
        try
        {
            while (true)
            {
                Span<byte> chunk = bytes.AsSpan(0, _pipe.CopyTo(_copy, ChunkBytes));
                _copy.Take(chunk);
                int end = chunk.LastIndexOf((byte)'\n') + 1;
                bool isPartial = end == 0 && chunk.Length < ChunkBytes;
                if (isPartial && _pipe.WaitForMore(chunk.Length, LinePatience))
                    continue;

                Span<byte> taken = end > 0 ? chunk[..end] : chunk;
                int length = decoder.GetChars(taken, text, flush: false);
                _lines.Append(text.AsSpan(0, length), _log.Redactor, this, static (line, self) => self.HandOn(line));
                if (isPartial)
                    _lines.Flush(this, static (line, self) => self.HandOn(line));
                _pipe.Take(taken);
            }
        }
        catch (IOException failure)
        {
            _log.Write($"What native code and child processes write to {_source} is read no more: {failure.Message}");
        }
    }

    private void HandOn(ReadOnlySpan<char> line)
    {
        // The runtime writes as many frames as a stack has, and does not let go of its thread meanwhile: it waits for room in the pipe, and whoever collects garbage waits for it. So what nobody
        // reads is taken out without a word, which leaves no garbage.
        if (_frames is { } frames && line.StartsWith(Frame, StringComparison.Ordinal))
        {
            _frames = ++frames;
            if (frames > ShownFrames)
                return;
        }
        else
        {
            if (_frames > ShownFrames)
                Say($"[... {_frames - ShownFrames} frames ...]");
            _frames = line.SequenceEqual(Overflow) ? 0 : null;
        }

        Say(line);
    }

    private void Say(ReadOnlySpan<char> line)
    {
        line = _log.Redact(line);
        _log.Write(line);
        _line(_source, line.ToString());
    }
}
