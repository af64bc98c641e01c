using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>A call whose result is a stream, while its arguments are written.</summary>
internal sealed class StreamCall<T> : OutgoingStream<T>, IReferenceWriter
{
    private readonly ConnectionTarget _target;
    private readonly RemoteStreamMethod<T> _method;
    private readonly int _retries;
    private CallArguments _arguments;

    public StreamCall(ConnectionTarget target, RemoteStreamMethod<T> method, int retries)
    {
        (_target, _method, _retries) = (target, method, retries);
        _arguments.Begin(target);
    }

    public override WireWriter BeginArguments() => _arguments.BeginWriting(this);

    ulong IReferenceWriter.Write<TValue>(RemoteRef<TValue> reference, WireWrite<TValue>? writeValue, ObjectForm form) => _arguments.AddReference(reference);

    public override void WriteStream<TItem>(ref WireWriter writer, IAsyncEnumerable<TItem>? items, WireWrite<TItem> writeItem)
        => _arguments.WriteStream(ref writer, items, writeItem);

    public override void WriteProgress<TReport>(ref WireWriter writer, IProgress<TReport>? progress, WireRead<TReport> readReport)
        => _arguments.WriteProgress(ref writer, progress, readReport);

    public override IAsyncEnumerable<T> Stream(ref WireWriter arguments, CancellationToken cancellationToken)
    {
        try
        {
            arguments.Flush();
        }
        catch (Exception error)
        {
            return Fail(ref arguments, error);
        }

        WrittenArguments written = _arguments.TakeWritten();
        if (_retries > 0 || _target.Router.IsFollowing)
            return new RetriedStream<T>(_target, _method, _retries, written, cancellationToken);
        var stream = new RemoteStream<T>(_target, _method, written, _target.Settings.Timeout, cancellationToken);
        return new ReceivedStream<T>(stream.OpenAsync, _method.ReadItem, _target.Limits, cancellationToken);
    }

    public override IAsyncEnumerable<T> Fail(ref WireWriter arguments, Exception error)
    {
        Exception explained = arguments.Translate(error);
        _arguments.Clear();
        return new ReceivedStream<T>(_ => ValueTask.FromException<StreamReceiver>(explained), _method.ReadItem, _target.Limits, CancellationToken.None);
    }
}
