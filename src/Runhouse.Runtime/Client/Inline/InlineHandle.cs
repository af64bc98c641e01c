using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>A live reference to one inline object.</summary>
/// <param name="runtime">Where the object lives.</param>
/// <param name="instance">The object.</param>
/// <param name="target">Where its calls go.</param>
internal sealed class InlineHandle(InlineRuntime runtime, InlineObject instance, RemoteTarget target) : RemoteObjectHandle
{
    /// <inheritdoc/>
    public override string? Name => instance.Name;

    /// <inheritdoc/>
    public override RemoteTarget Target => target;

    /// <inheritdoc/>
    public override Task DeleteAsync(CancellationToken cancellationToken)
        => runtime.RemoveAsync(instance).AsTask().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => instance.Name is null ? runtime.RemoveAsync(instance) : ValueTask.CompletedTask;
}
