namespace Runhouse.Ssh.Network;

/// <summary>An input that gives nothing until its end is allowed.</summary>
internal sealed class BlockedInput : MemoryStream
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the input end.</summary>
    public void End() => _end.TrySetResult();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _end.Task.WaitAsync(cancellationToken);
        return 0;
    }
}
