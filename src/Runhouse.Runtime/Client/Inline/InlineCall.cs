using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>A call with one result, or none, that runs in the caller's own process.</summary>
/// <typeparam name="TResult">The result's type.</typeparam>
/// <param name="target">Where it goes.</param>
/// <param name="method">The member.</param>
internal sealed class InlineCall<TResult>(InlineTarget target, RemoteMethod<TResult> method) : OutgoingCall<TResult>
{
    private readonly InlineArguments _arguments = new(target.Runtime.Limits, target.Runtime.Values);

    /// <inheritdoc/>
    public override WireWriter BeginArguments() => _arguments.Begin();

    /// <inheritdoc/>
    public override void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem)
        => _arguments.WriteStream(ref writer, items, writeItem);

    /// <inheritdoc/>
    public override void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
        => _arguments.WriteProgress(ref writer, progress, readReport);

    /// <inheritdoc/>
    public override ValueTask<TResult> SendAsync(ref WireWriter arguments, CancellationToken cancellationToken)
        => _arguments.End(ref arguments) is { } error ? ValueTask.FromException<TResult>(error) : new(RunAsync(cancellationToken));

    /// <inheritdoc/>
    public override ValueTask SendVoidAsync(ref WireWriter arguments, CancellationToken cancellationToken)
        => _arguments.End(ref arguments) is { } error ? ValueTask.FromException(error) : new(RunAsync(cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<TResult> FailAsync(ref WireWriter arguments, Exception error)
        => ValueTask.FromException<TResult>(_arguments.Fail(ref arguments, error));

    /// <inheritdoc/>
    public override ValueTask FailVoidAsync(ref WireWriter arguments, Exception error)
        => ValueTask.FromException(_arguments.Fail(ref arguments, error));

    private async Task<TResult> RunAsync(CancellationToken cancellationToken)
    {
        byte[] result = await target.Runtime.RunAsync(target, method, _arguments, null, cancellationToken).ConfigureAwait(false);
        return method.ReadResult is { } read ? InlineCodec.Decode(result, read, target.Runtime.Limits, new InlineReceived(target.Runtime.Values, target.Runtime.Limits)) : default!;
    }
}
