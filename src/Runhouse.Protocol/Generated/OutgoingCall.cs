namespace Runhouse.Protocol.Generated;

/// <summary>
/// A call being built on the caller's thread. Generated code takes the writer, writes each argument behind
/// <see cref="WireWriter.Member"/>, and ends with exactly one of the send methods or of the fail methods; after that the call
/// belongs to the transport and may already serve another caller.
/// </summary>
public abstract class OutgoingCall
{
    /// <summary>The writer of the arguments.</summary>
    public abstract WireWriter BeginArguments();

    /// <summary>Writes an argument that is a stream: the far side pulls its items under credit while the call runs.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="writer">The writer of the arguments.</param>
    /// <param name="items">The stream, or null.</param>
    /// <param name="writeItem">Writes one item.</param>
    public abstract void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem);

    /// <summary>Writes an argument that receives progress: reports of the far side arrive in order.</summary>
    /// <typeparam name="T">The reports' type.</typeparam>
    /// <param name="writer">The writer of the arguments.</param>
    /// <param name="progress">The receiver, or null.</param>
    /// <param name="readReport">Reads one report.</param>
    public abstract void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport);
}

/// <summary>A call with one result (or none) being built.</summary>
/// <typeparam name="TResult">The result's type; <see cref="Unit"/> for none.</typeparam>
public abstract class OutgoingCall<TResult> : OutgoingCall
{
    /// <summary>Sends the call; the task ends with its result or error.</summary>
    /// <param name="arguments">The writer, behind the last argument.</param>
    /// <param name="cancellationToken">Cancels the call on both sides.</param>
    public abstract ValueTask<TResult> SendAsync(ref WireWriter arguments, CancellationToken cancellationToken);

    /// <summary>Sends a call of which only the end matters.</summary>
    /// <param name="arguments">The writer, behind the last argument.</param>
    /// <param name="cancellationToken">Cancels the call on both sides.</param>
    public abstract ValueTask SendVoidAsync(ref WireWriter arguments, CancellationToken cancellationToken);

    /// <summary>Gives the call up because an argument could not be written, and returns the error as the call's.</summary>
    /// <param name="arguments">The writer, where it stopped: it knows the member's path.</param>
    /// <param name="error">What the writing threw.</param>
    public abstract ValueTask<TResult> FailAsync(ref WireWriter arguments, Exception error);

    /// <summary>Gives the call up because an argument could not be written, and returns the error as the call's.</summary>
    /// <param name="arguments">The writer, where it stopped: it knows the member's path.</param>
    /// <param name="error">What the writing threw.</param>
    public abstract ValueTask FailVoidAsync(ref WireWriter arguments, Exception error);

    /// <inheritdoc cref="SendAsync"/>
    public Task<TResult> SendTaskAsync(ref WireWriter arguments, CancellationToken cancellationToken) => SendAsync(ref arguments, cancellationToken).AsTask();

    /// <inheritdoc cref="SendVoidAsync"/>
    public Task SendVoidTaskAsync(ref WireWriter arguments, CancellationToken cancellationToken) => SendVoidAsync(ref arguments, cancellationToken).AsTask();

    /// <inheritdoc cref="FailAsync"/>
    public Task<TResult> FailTaskAsync(ref WireWriter arguments, Exception error) => FailAsync(ref arguments, error).AsTask();

    /// <inheritdoc cref="FailVoidAsync"/>
    public Task FailVoidTaskAsync(ref WireWriter arguments, Exception error) => FailVoidAsync(ref arguments, error).AsTask();
}

/// <summary>A call whose result is a stream, being built.</summary>
/// <typeparam name="T">The items' type.</typeparam>
public abstract class OutgoingStream<T> : OutgoingCall
{
    /// <summary>The stream. The call starts when it is enumerated, once per enumeration, and stops when the enumerator is disposed.</summary>
    /// <param name="arguments">The writer, behind the last argument.</param>
    /// <param name="cancellationToken">Cancels the call on both sides, as does the token given to the enumerator.</param>
    public abstract IAsyncEnumerable<T> Stream(ref WireWriter arguments, CancellationToken cancellationToken);

    /// <summary>Gives the call up because an argument could not be written: a stream whose enumeration throws the error.</summary>
    /// <param name="arguments">The writer, where it stopped: it knows the member's path.</param>
    /// <param name="error">What the writing threw.</param>
    public abstract IAsyncEnumerable<T> Fail(ref WireWriter arguments, Exception error);
}
