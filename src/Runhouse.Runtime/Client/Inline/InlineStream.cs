using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>A call whose result is a stream, that runs in the caller's own process.</summary>
/// <typeparam name="T">The items' type.</typeparam>
/// <param name="target">Where it goes.</param>
/// <param name="method">The member.</param>
internal sealed class InlineStream<T>(InlineTarget target, RemoteStreamMethod<T> method) : OutgoingStream<T>
{
    /// <summary>How many items the far side may be ahead.</summary>
    private const int Window = 16;

    private readonly InlineArguments _arguments = new(target.Runtime.Limits, target.Runtime.Values);

    /// <inheritdoc/>
    public override WireWriter BeginArguments() => _arguments.Begin();

    /// <inheritdoc/>
    public override void WriteStream<TItem>(ref WireWriter writer, IAsyncEnumerable<TItem>? items, WireWrite<TItem> writeItem)
        => _arguments.WriteStream(ref writer, items, writeItem);

    /// <inheritdoc/>
    public override void WriteProgress<TReport>(ref WireWriter writer, IProgress<TReport>? progress, WireRead<TReport> readReport)
        => _arguments.WriteProgress(ref writer, progress, readReport);

    /// <inheritdoc/>
    public override IAsyncEnumerable<T> Stream(ref WireWriter arguments, CancellationToken cancellationToken)
        => _arguments.End(ref arguments) is { } error ? FailAsync(error) : EnumerateAsync(cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<T> Fail(ref WireWriter arguments, Exception error) => FailAsync(_arguments.Fail(ref arguments, error));

    private async IAsyncEnumerable<T> EnumerateAsync(
        CancellationToken callToken, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Disposing the enumerator cancels the call: leaving the loop early stops the producer.
        using var left = CancellationTokenSource.CreateLinkedTokenSource(callToken, cancellationToken);
        var items = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Window) { SingleReader = true, SingleWriter = true });
        Task<byte[]> call = target.Runtime.RunAsync(target, method, _arguments, items.Writer, left.Token);
        _ = call.ContinueWith(ended => items.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await foreach (byte[] item in items.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return InlineCodec.Decode(item, method.ReadItem, target.Runtime.Limits);
            try
            {
                await call.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (callToken.IsCancellationRequested || cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(
                    $"The call of {method.Name} was cancelled.", callToken.IsCancellationRequested ? callToken : cancellationToken);
            }
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<T> FailAsync(Exception error)
    {
        await Task.FromException(error).ConfigureAwait(false);
        yield break;
    }
}
