using System.Buffers;
using System.Text;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Worker.Logs;

/// <summary>
/// The worker's own log: its error stream, which the host keeps. Written through at once, so that the last lines before a crash are there.
/// </summary>
/// <param name="stream">The process's error stream.</param>
internal sealed class WorkerLog(Stream stream)
{
    private readonly Lock _writing = new();

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
                stream.Write(bytes, 0, length);
            }
            catch (IOException)
            {
                // The host that kept this log has ended; the end of the control stream ends this process too.
            }
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }
}
