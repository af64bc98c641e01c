using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse.Runtime.Client;

/// <summary>What carries out what a <see cref="RemotePlacement"/> says: in workers, or in this process.</summary>
internal abstract class RemoteBackend : IAsyncDisposable
{
    /// <summary>Where calls of remote functions go.</summary>
    /// <param name="placement">What is said about the calls.</param>
    public abstract RemoteTarget Functions(RemotePlacement placement);

    /// <summary>Has a call of a remote function recorded and run by a host.</summary>
    /// <param name="placement">What is said about the call.</param>
    /// <param name="call">What the host is told.</param>
    /// <param name="recorded">The call.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public virtual Task<SpawnedCall> SpawnAsync(RemotePlacement placement, DetachedCall call, RecordedCall recorded, CancellationToken cancellationToken)
        => throw new NotSupportedException(SpawnedCall.InlineMode);

    /// <summary>Begins the creation of an object.</summary>
    /// <param name="placement">What is said about the object.</param>
    /// <param name="constructor">The constructor.</param>
    public abstract RemoteCreation BeginCreate(RemotePlacement placement, RemoteMethod<ulong> constructor);

    /// <summary>Makes the handle of an object that its first call creates; disposing a handle that was never called creates nothing.</summary>
    /// <param name="placement">What is said about the object.</param>
    /// <param name="constructor">The constructor, which takes nothing from the caller.</param>
    public abstract RemoteObjectHandle CreateLazily(RemotePlacement placement, RemoteMethod<ulong> constructor);

    /// <summary>Attaches to a named object.</summary>
    /// <param name="placement">What is said about the object.</param>
    /// <param name="name">Its name.</param>
    /// <param name="typeName">The full name of the class that it must have.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public abstract Task<RemoteObjectHandle> AttachAsync(RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken);

    /// <summary>
    /// Closes what is open once nothing goes over it: calls in flight end, and objects that others created here stay until their handles are closed.
    /// Waits for what is idle already. Later calls open it again.
    /// </summary>
    public abstract ValueTask DisposeAsync();
}
