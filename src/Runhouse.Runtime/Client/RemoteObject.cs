using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>
/// The base of every generated proxy. Disposing the proxy of an anonymous remote object disposes the object; that of a named one
/// only closes the handle: the object lives until <see cref="DeleteAsync"/>.
/// </summary>
public abstract class RemoteObject : IAsyncDisposable
{
    private readonly RemoteObjectHandle _handle;
    private RemoteTarget _target;
    private volatile bool _isDisposed;

    /// <summary>Makes a proxy.</summary>
    /// <param name="handle">The handle of the remote object.</param>
    protected RemoteObject(RemoteObjectHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        _handle = handle;
        _target = handle.Target;
    }

    /// <summary>The object's name; null when it is anonymous.</summary>
    public string? RemoteName => _handle.Name;

    /// <summary>Where the calls go.</summary>
    /// <exception cref="ObjectDisposedException">The proxy has been disposed.</exception>
    protected RemoteTarget Target => _isDisposed ? throw Disposed() : _target;

    /// <summary>What the proxy holds.</summary>
    /// <exception cref="ObjectDisposedException">The proxy has been disposed.</exception>
    internal RemoteObjectHandle Handle => _isDisposed ? throw Disposed() : _handle;

    /// <summary>Disposes the remote object, named or not.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ObjectDisposedException">The proxy has been disposed, and the object, which has a name, lives on.</exception>
    public Task DeleteAsync(CancellationToken cancellationToken = default)
        => _isDisposed && RemoteName is not null ? throw Disposed() : _handle.DeleteAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _handle.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>A copy of the proxy whose calls go to a recorder.</summary>
    /// <param name="recorder">The recorder.</param>
    internal RemoteObject Recording(RemoteTarget recorder)
    {
        var copy = (RemoteObject)MemberwiseClone();
        copy._target = recorder;
        return copy;
    }

    private ObjectDisposedException Disposed() => new(
        GetType().FullName,
        RemoteName is { } name
            ? $"A call was made on a proxy of the remote object '{name}' after the proxy was disposed. The object lives on until it is deleted: attach to it again."
            : "A call was made on a proxy after it was disposed, and its remote object with it. Create another one, and dispose it behind its last call.");
}
