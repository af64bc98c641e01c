namespace Runhouse.Ssh.Network;

/// <summary>An input without an end.</summary>
internal sealed class EndlessInput : MemoryStream
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(buffer.Length);
}
