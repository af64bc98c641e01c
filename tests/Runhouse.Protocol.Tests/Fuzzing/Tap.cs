using System.Buffers;
using System.IO.Pipelines;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Keeps what goes through the output.</summary>
internal sealed class Tap(IDuplexPipe inner) : PipeWriter, IDuplexPipe
{
    private Memory<byte> _memory;

    public ArrayBufferWriter<byte> Bytes { get; } = new();

    public PipeReader Input => inner.Input;

    public PipeWriter Output => this;

    public override void Advance(int bytes)
    {
        Bytes.Write(_memory.Span[..bytes]);
        inner.Output.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.Output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void CancelPendingFlush() => inner.Output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Output.Complete(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.Output.FlushAsync(cancellationToken);
}
