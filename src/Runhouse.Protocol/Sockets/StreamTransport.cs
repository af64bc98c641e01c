using System.IO.Pipelines;

namespace Runhouse.Protocol.Sockets;

/// <summary>A stream as a pair of pipes: for the relay behind an HTTP upgrade.</summary>
/// <param name="stream">The stream; disposed with the transport.</param>
public sealed class StreamTransport(Stream stream) : IDuplexPipe, IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    /// <inheritdoc/>
    public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));

    /// <inheritdoc/>
    public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
