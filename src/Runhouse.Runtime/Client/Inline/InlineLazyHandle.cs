using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The handle of an inline object that its first call creates.</summary>
/// <param name="runtime">Where the object lives.</param>
/// <param name="lazy">The object.</param>
/// <param name="name">Its name; null for an anonymous one.</param>
/// <param name="target">Where its calls go.</param>
internal sealed class InlineLazyHandle(InlineRuntime runtime, InlineLazyObject lazy, string? name, RemoteTarget target) : RemoteObjectHandle
{
    /// <inheritdoc/>
    public override string? Name => name;

    /// <inheritdoc/>
    public override RemoteTarget Target => target;

    /// <inheritdoc/>
    public override Task DeleteAsync(CancellationToken cancellationToken) => RemoveAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => name is null ? new(RemoveAsync()) : ValueTask.CompletedTask;

    private async Task RemoveAsync()
    {
        // An object that no call has created, or whose constructor failed, needs no disposal.
        if (lazy.Created is not { } creating)
            return;
        await ((Task)creating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (creating.IsCompletedSuccessfully)
            await runtime.RemoveAsync(await creating.ConfigureAwait(false)).ConfigureAwait(false);
    }
}
