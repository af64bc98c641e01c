using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>A call whose result is a stream, while its arguments are written.</summary>
internal sealed class StreamCall<T> : OutgoingStream<T>, IReferenceWriter
{
    private readonly RemoteStreamMethod<T> _method;
    private CallArguments _arguments;

    public StreamCall(ConnectionTarget target, RemoteStreamMethod<T> method)
    {
        _method = method;
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

        var stream = new RemoteStream<T>(
            _arguments.Target, _method, _arguments.Frame!.Body.Written.ToArray(), _arguments.Attachments, _arguments.References, cancellationToken);
        _arguments.Clear();
        return new ReceivedStream<T>(stream.OpenAsync, _method.ReadItem, stream.Limits, cancellationToken);
    }

    public override IAsyncEnumerable<T> Fail(ref WireWriter arguments, Exception error)
    {
        Exception explained = arguments.Translate(error);
        WireLimits limits = _arguments.Target.Limits;
        _arguments.Clear();
        return new ReceivedStream<T>(_ => ValueTask.FromException<StreamReceiver>(explained), _method.ReadItem, limits, CancellationToken.None);
    }
}
