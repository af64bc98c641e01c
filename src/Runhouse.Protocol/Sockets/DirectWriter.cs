using System.IO.Pipelines;

namespace Runhouse.Protocol.Sockets;

/// <summary>The writing half of a connection that has no buffer of its own: all goes through <see cref="PipeWriter.WriteAsync"/>.</summary>
internal abstract class DirectWriter : PipeWriter
{
    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The socket is the transport's to close.
    }

    /// <inheritdoc/>
    public override void Advance(int bytes) => throw Buffered();

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => throw Buffered();

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => throw Buffered();

    private static NotSupportedException Buffered() => new("A socket sends what WriteAsync is given.");
}
