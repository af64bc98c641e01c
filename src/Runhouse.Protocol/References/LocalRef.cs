namespace Runhouse.Protocol.References;

/// <summary>A reference to a value of this process: the value goes when nobody holds the reference and no call uses it.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="value">The value.</param>
/// <param name="leaveOpen">Whether the value stays whoever lets go of it.</param>
public sealed class LocalRef<T>(T value, bool leaveOpen) : RemoteRef<T>, ILentRef
{
    private readonly Lock _lock = new();
    private int _holders;
    private int _calls;
    private bool _isReleased;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override T Value
    {
        get
        {
            ThrowIfDisposed(Volatile.Read(ref _isDisposed));
            return value;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<T> FetchAsync(CancellationToken cancellationToken = default)
        => cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<T>(cancellationToken) : new(Value);

    /// <summary>Counts a caller that holds the reference.</summary>
    public void AddHolder()
    {
        lock (_lock)
        {
            ThrowIfDisposed(_isDisposed);
            _holders++;
            _isReleased = false;
        }
    }

    /// <summary>Counts a caller less; behind the last one the value goes.</summary>
    public ValueTask DropHolderAsync()
    {
        lock (_lock)
        {
            if (--_holders > 0 || leaveOpen)
                return default;
            _isReleased = true;
        }

        return DisposeValueIfUnusedAsync();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_holders > 0)
                return default;
            _isReleased = true;
        }

        return DisposeValueIfUnusedAsync();
    }

    /// <inheritdoc/>
    public void Lend()
    {
        lock (_lock)
        {
            ThrowIfDisposed(_isDisposed);
            _calls++;
        }
    }

    /// <inheritdoc/>
    public ValueTask TakeBackAsync()
    {
        lock (_lock)
            _calls--;
        return DisposeValueIfUnusedAsync();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ReferenceName.Of<T>()} to a value of this process";

    private ValueTask DisposeValueIfUnusedAsync()
    {
        lock (_lock)
        {
            // What cannot be disposed stays readable for whoever has the reference: there is nothing to release but memory.
            if (!_isReleased || _isDisposed || _calls > 0 || leaveOpen || value is not (IAsyncDisposable or IDisposable))
                return default;
            _isDisposed = true;
        }

        if (value is IAsyncDisposable asynchronous)
            return asynchronous.DisposeAsync();
        (value as IDisposable)?.Dispose();
        return default;
    }

    private static void ThrowIfDisposed(bool isDisposed)
    {
        if (isDisposed)
        {
            throw new ObjectDisposedException(
                ReferenceName.Of<T>(),
                "The value of this reference has been disposed: its last holder disposed the reference, or the process that held it has ended. Make a new one, or make it with leaveOpen: true when remote code keeps it or hands it out more than once.");
        }
    }
}
