using System.Buffers;
using System.IO.Pipelines;

namespace Runhouse.Host.Workers;

/// <summary>Reads a stream line by line, however long a line is: what is over the limit comes as several lines.</summary>
internal static class LineReader
{
    public static async Task ReadAsync(Stream stream, int maxLineBytes, Action<ReadOnlySequence<byte>> onLine, CancellationToken cancellationToken)
    {
        PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    onLine(buffer.Slice(0, end));
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (buffer.Length > maxLineBytes || (result.IsCompleted && !buffer.IsEmpty))
                {
                    onLine(buffer);
                    buffer = buffer.Slice(buffer.End);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}
