using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse;

/// <summary>A live reference to one remote object.</summary>
public abstract class RemoteObjectHandle : IAsyncDisposable
{
    /// <summary>The object's name; null when it is anonymous.</summary>
    public abstract string? Name { get; }

    /// <summary>Where the object's calls go.</summary>
    public abstract RemoteTarget Target { get; }

    /// <summary>Disposes the remote object, named or not.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public abstract Task DeleteAsync(CancellationToken cancellationToken);

    /// <summary>Has a call of the object recorded and run by its host.</summary>
    /// <param name="call">What the host is told, wherever the object is.</param>
    /// <param name="recorded">The call.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal virtual Task<SpawnedCall> SpawnAsync(DetachedCall call, RecordedCall recorded, CancellationToken cancellationToken)
        => throw new NotSupportedException(SpawnedCall.InlineMode);

    /// <summary>Closes the handle; an anonymous object is disposed.</summary>
    public abstract ValueTask DisposeAsync();
}
