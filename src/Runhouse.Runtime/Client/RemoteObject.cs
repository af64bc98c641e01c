using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>
/// The base of every generated proxy. Disposing the proxy of an anonymous remote object disposes the object; that of a named one
/// only closes the handle: the object lives until <see cref="DeleteAsync"/>.
/// </summary>
public abstract class RemoteObject : IAsyncDisposable
{
    private readonly RemoteObjectHandle _handle;

    /// <summary>Makes a proxy.</summary>
    /// <param name="handle">The handle of the remote object.</param>
    protected RemoteObject(RemoteObjectHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        _handle = handle;
        Target = handle.Target;
    }

    /// <summary>The object's name; null when it is anonymous.</summary>
    public string? RemoteName => _handle.Name;

    /// <summary>Where the calls go.</summary>
    protected RemoteTarget Target { get; }

    /// <summary>Disposes the remote object, named or not.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task DeleteAsync(CancellationToken cancellationToken = default) => _handle.DeleteAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _handle.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }
}
