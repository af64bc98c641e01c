namespace Runhouse.Protocol.Connections;

/// <summary>
/// The worker, as its connections see it. Every method is called while a connection's read loop parses frames: never block, and give the
/// work to <see cref="ServerConnection.RunWhenRead"/>.
/// </summary>
public interface ICallHandler
{
    /// <summary>
    /// A call arrived. Its executor sets <see cref="ServerCall.Member"/>, <see cref="ServerCall.Target"/> and
    /// <see cref="ServerCall.Services"/>, dispatches it, ends a construction with <see cref="ServerCall.CompleteConstruction"/>, ends a
    /// failure with <see cref="ServerCall.Fail"/>, and lets go of it with <see cref="ServerCall.Release"/> in any case.
    /// </summary>
    /// <param name="call">The call.</param>
    void OnCall(ServerCall call);

    /// <summary>
    /// Nobody waits any more for a call: its deadline has passed, or the caller cancelled it or went away. Called under the connection's lock, from any thread.
    /// </summary>
    /// <param name="call">The call; it may end, and be another one, as soon as this returns.</param>
    void OnAbandoned(ServerCall call)
    {
    }

    /// <summary>A client closed a handle, or deletes an object.</summary>
    /// <param name="connection">The client's connection.</param>
    /// <param name="objectId">The object.</param>
    /// <param name="delete">Whether the object goes even when it has a name.</param>
    void OnRelease(ServerConnection connection, ulong objectId, bool delete);

    /// <summary>A connection ended; its calls in flight have been cancelled.</summary>
    /// <param name="connection">The connection.</param>
    void OnClosed(ServerConnection connection);
}
