namespace Runhouse.Ssh.Network;

/// <summary>Takes what is written and says when something was; optionally not before it may.</summary>
internal sealed class SignallingStream(Task? gate = null) : MemoryStream
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first data came.</summary>
    public Task Written => _written.Task;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _written.TrySetResult();
        if (gate is not null)
            await gate.WaitAsync(cancellationToken);
        await base.WriteAsync(buffer, cancellationToken);
    }
}
