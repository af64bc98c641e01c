using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>A call with one result that is made again when it has failed without an outcome. Members without retries never meet it.</summary>
internal sealed class RetriedCall<TResult> : OutgoingCall<TResult>, IReferenceWriter
{
    private readonly ConnectionTarget _target;
    private readonly RemoteMethod<TResult> _method;
    private readonly int _retries;
    private CallArguments _arguments;

    public RetriedCall(ConnectionTarget target, RemoteMethod<TResult> method, int retries)
    {
        (_target, _method, _retries) = (target, method, retries);
        _arguments.Begin(target);
    }

    public RetriedCall<TResult> AsConstructor(string? name, bool replace)
    {
        _arguments.BeginConstructor(name, replace);
        return this;
    }

    public override WireWriter BeginArguments() => _arguments.BeginWriting(this);

    ulong IReferenceWriter.Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form) => _arguments.AddReference(reference);

    public override void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem)
        => _arguments.WriteStream(ref writer, items, writeItem);

    public override void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
        => _arguments.WriteProgress(ref writer, progress, readReport);

    public override ValueTask<TResult> SendAsync(ref WireWriter arguments, CancellationToken cancellationToken)
    {
        try
        {
            arguments.Flush();
        }
        catch (Exception error)
        {
            return FailAsync(ref arguments, error);
        }

        return RunAsync(_arguments.TakeWritten(), cancellationToken);
    }

    public override ValueTask SendVoidAsync(ref WireWriter arguments, CancellationToken cancellationToken)
        => DropResultAsync(SendAsync(ref arguments, cancellationToken));

    public override ValueTask<TResult> FailAsync(ref WireWriter arguments, Exception error)
    {
        Exception explained = arguments.Translate(error);
        _arguments.Clear();
        return ValueTask.FromException<TResult>(explained);
    }

    public override ValueTask FailVoidAsync(ref WireWriter arguments, Exception error) => DropResultAsync(FailAsync(ref arguments, error));

    private static async ValueTask DropResultAsync(ValueTask<TResult> result) => await result.ConfigureAwait(false);

    private async ValueTask<TResult> RunAsync(WrittenArguments arguments, CancellationToken cancellationToken)
    {
        var retry = new CallRetry(_target, _method, _retries, arguments);
        while (true)
        {
            bool isSent = false;
            try
            {
                CallRoute route = await retry.RouteAsync(cancellationToken).ConfigureAwait(false);
                ValueTask<TResult> call = UnaryCall<TResult>.Rent(_target, _method).SendWrittenAsync(route, retry.TimeLeft, arguments, cancellationToken);
                isSent = true;
                return await call.ConfigureAwait(false);
            }
            catch (RemoteException error) when (retry.Allows(error, isSent))
            {
                // The next attempt, or the last one, says it anew.
            }

            await retry.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
