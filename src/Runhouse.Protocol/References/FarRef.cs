using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.References;

/// <summary>A reference to a value in a worker, as the caller holds it that it was returned to.</summary>
/// <typeparam name="T">The value's type.</typeparam>
internal sealed class FarRef<T> : RemoteRef<T>, IPassedReference
{
    private readonly ClientConnection _connection;
    private readonly ulong _id;
    private readonly WireRead<T>? _readValue;
    private readonly Lock _lock = new();
    private RemoteMethod<T>? _fetch;
    private int _calls;
    private bool _isDisposed;

    public FarRef(ClientConnection connection, ulong id, WireRead<T>? readValue)
    {
        (_connection, _id, _readValue) = (connection, id, readValue);
        connection.Handles.Add();
        if (HeldValues.OfThisProcess is { } values && values.WorkerId == connection.WorkerId)
            Here = values.Find<T>(id);
    }

    /// <summary>The reference that it leads to, when that is in this process: remote code has called its own worker.</summary>
    public LocalRef<T>? Here { get; }

    /// <inheritdoc/>
    public override bool IsLocal => Here is not null;

    /// <inheritdoc/>
    public override T Value
    {
        get
        {
            ThrowIfDisposed();
            return Here is { } here ? here.Value : throw new InvalidOperationException(
                $"The value of this {ReferenceName.Of<T>()} is in worker {_connection.WorkerId} on {_connection.Host}. Get a copy with FetchAsync(), or pass the reference to a remote function that reads its Value there.");
        }
    }

    /// <inheritdoc/>
    string IPassedReference.TypeName => ReferenceName.Of<T>();

    /// <inheritdoc/>
    string IPassedReference.WorkerId => _connection.WorkerId;

    /// <inheritdoc/>
    ulong IPassedReference.Id => _id;

    /// <inheritdoc/>
    public override async ValueTask<T> FetchAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        if (Here is { } here)
            return await here.FetchAsync(cancellationToken).ConfigureAwait(false);
        if (_readValue is null)
            throw ReferenceName.CannotTravel<T>();
        _fetch ??= new RemoteMethod<T>(ClientConnection.FetchMethod, ReferenceName.Of<T>() + ".FetchAsync", 0, _readValue);
        BeginCall();
        try
        {
            return await SendAsync(_connection.Own(_id, _connection.Timeout).Begin(_fetch), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            EndCall();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            if (_calls > 0)
                return;
        }

        await ReleaseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void BeginCall()
    {
        // First: that it was disposed may be why its connection is closed.
        ThrowIfDisposed();
        ThrowIfLost();
        lock (_lock)
        {
            ThrowIfDisposed();
            _calls++;
        }
    }

    /// <inheritdoc/>
    public void EndCall()
    {
        lock (_lock)
        {
            if (--_calls > 0 || !_isDisposed)
                return;
        }

        // Disposed while a call had it: the worker lets go behind that call.
        _ = ReleaseAsync();
    }

    private static ValueTask<T> SendAsync(OutgoingCall<T> call, CancellationToken cancellationToken)
    {
        WireWriter arguments = call.BeginArguments();
        return call.SendAsync(ref arguments, cancellationToken);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ReferenceName.Of<T>()} to a value in worker {_connection.WorkerId} on {_connection.Host}";

    private Task ReleaseAsync() => _connection.CloseHandleAsync(_id, delete: false, CancellationToken.None);

    private void ThrowIfLost()
    {
        if (_connection.Loss is not { } loss)
            return;
        string message = $"The value of this {ReferenceName.Of<T>()} went with its worker; make it anew. {loss.Message}";
        throw loss is WorkerLostException lost
            ? WorkerLossCopy.Of(message, lost)
            : new HostUnreachableException(message, loss);
    }

    private void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _isDisposed))
            throw new ObjectDisposedException(ReferenceName.Of<T>(), $"This {ReferenceName.Of<T>()} has been disposed, and its value with it. Dispose it behind the last call that needs it.");
    }
}
