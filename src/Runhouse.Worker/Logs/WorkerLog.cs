using System.Buffers;
using System.Text;

namespace Runhouse.Worker.Logs;

/// <summary>
/// The worker's own log: its error stream, which the host keeps. Written through at once, so that the last lines before a crash are there.
/// </summary>
/// <param name="stream">The process's error stream.</param>
internal sealed class WorkerLog(Stream stream)
{
    private readonly Lock _writing = new();

    /// <summary>Writes one line.</summary>
    public void Write(ReadOnlySpan<char> line)
    {
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
