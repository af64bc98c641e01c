using Runhouse.Protocol.Generated;

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

    /// <summary>Closes the handle; an anonymous object is disposed.</summary>
    public abstract ValueTask DisposeAsync();
}
