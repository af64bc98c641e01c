namespace Runhouse;

/// <summary>
/// A value that stays in the worker that made it. Remote code makes one with <c>RemoteRef.Create</c> and returns it; its caller gets the
/// reference without the value, and may pass it to other calls of that worker, whose code reads <see cref="Value"/> without a copy. The value
/// need not be of a type that can travel, unless it is fetched.
/// </summary>
/// <remarks>
/// The worker keeps the value until its callers have disposed their references or their connections have been lost for longer than the grace period; then
/// a value that can be disposed is, behind the last call that was given it. A reference that is passed to a call or a constructor is lent to it: the code
/// called does not dispose it, and if it keeps a value that can be disposed for longer, that value is made with <c>leaveOpen: true</c>.
/// </remarks>
/// <typeparam name="T">The type of the value.</typeparam>
public abstract class RemoteRef<T> : IAsyncDisposable
{
    /// <summary>Whether the value is in this process, so that <see cref="Value"/> can be read.</summary>
    public abstract bool IsLocal { get; }

    /// <summary>The value itself, not a copy.</summary>
    /// <exception cref="InvalidOperationException">The value is in another process; <see cref="FetchAsync"/> gets a copy of it.</exception>
    /// <exception cref="ObjectDisposedException">The reference has been disposed.</exception>
    public abstract T Value { get; }

    /// <summary>Gets the value: itself where it is in this process, and a copy, made now, where it is not.</summary>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <exception cref="NotSupportedException">The value's type cannot travel.</exception>
    /// <exception cref="RemoteSerializationException">The value is over a limit, cyclic, or holds what cannot travel; send it as a stream or in parts.</exception>
    /// <exception cref="ObjectDisposedException">The reference has been disposed.</exception>
    public abstract ValueTask<T> FetchAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the value up. Where the value is in this process, that disposes it unless a caller holds a reference to it: then the last of those does.
    /// </summary>
    public abstract ValueTask DisposeAsync();
}
