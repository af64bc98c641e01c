using System.IO.Pipelines;

namespace Runhouse.Protocol.Connections;

/// <summary>A stream as a pair of pipes: for the relay behind an HTTP upgrade.</summary>
/// <param name="stream">The stream; disposed with the transport.</param>
public sealed class StreamTransport(Stream stream) : IDuplexPipe, IAsyncDisposable
{
    /// <inheritdoc/>
    public PipeReader Input => throw new NotImplementedException();

    /// <inheritdoc/>
    public PipeWriter Output => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
