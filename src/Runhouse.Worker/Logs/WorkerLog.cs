using System.Buffers;
using System.Globalization;
using System.Text;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Worker.Logs;

/// <summary>
/// The worker's own log: its error stream, which the host keeps. Written through at once, so that the last lines before a crash are there. A host that does not read it
/// (its disk stands still, it was stopped) holds up who writes for a second, once: from then on lines are counted until there is room again, and the count stands in their place.
/// </summary>
/// <param name="stream">The process's error stream, without a buffer.</param>
internal sealed class WorkerLog(Stream stream)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _writing = new();
    private readonly LogPipe _pipe = new(stream);
    private long _missing;
    private bool _isCut;

    /// <summary>Hides the secrets of the image in what is written, here and to callers; null when there are none.</summary>
    public Redactor? Redactor { get; set; }

    /// <summary>A line without the secrets in it.</summary>
    public ReadOnlySpan<char> Redact(ReadOnlySpan<char> line) => Redactor is { } redactor && redactor.HasSecret(line) ? redactor.Redact(line.ToString()) : line;

    /// <summary>Writes one line.</summary>
    public void Write(ReadOnlySpan<char> line)
    {
        line = Redact(line);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(line.Length) + 1);
        int length = Encoding.UTF8.GetBytes(line, bytes);
        bytes[length++] = (byte)'\n';
        lock (_writing)
        {
            try
            {
                if (!TrySayWhatIsMissing() || !TryWrite(bytes.AsSpan(0, length)))
                    _missing++;
            }
            catch (IOException)
            {
                // The host that kept this log has ended; the end of the control stream ends this process too.
            }
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }

    private bool TrySayWhatIsMissing()
    {
        if (_missing == 0)
            return true;
        if (!_pipe.WaitForRoom(TimeSpan.Zero))
            return false;
        _pipe.Write(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{(_isCut ? "\n" : "")}({_missing} lines are missing here: this log's host did not take them for longer than {Patience.TotalSeconds:0} s.)\n")));
        (_missing, _isCut) = (0, false);
        return true;
    }

    private bool TryWrite(ReadOnlySpan<byte> line)
    {
        for (int written = 0; written < line.Length; written += LogPipe.AtOnce)
        {
            if (!_pipe.WaitForRoom(Patience))
            {
                _isCut = written > 0;
                return false;
            }

            _pipe.Write(line.Slice(written, Math.Min(LogPipe.AtOnce, line.Length - written)));
        }

        return true;
    }
}
