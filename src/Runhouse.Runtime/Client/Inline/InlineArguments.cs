using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The arguments of one call: their bytes, and the streams and receivers of progress among them, by index from 1.</summary>
/// <param name="caller">The caller's side.</param>
[SuppressMessage("Design", "CA1001", Justification = "Every way of ending the writing gives the buffer back.")]
internal sealed class InlineArguments(InlineCaller caller)
{
    private readonly BodyBuffer _buffer = new() { MaxBytes = caller.Limits.MaxBodyBytes };
    private readonly List<Func<CancellationToken, IAsyncEnumerable<byte[]>>> _streams = [];
    private readonly List<Action<byte[]>> _receivers = [];

    /// <summary>The written arguments. Kept for the call's life: remote code that outlives its caller still reads it.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public WireWriter Begin() => new(_buffer, ObjectForm.Array, caller.Limits.MaxDepth, caller);

    /// <summary>Ends the writing.</summary>
    /// <param name="writer">The writer, behind the last argument; its error is the call's.</param>
    public RemoteException? End(ref WireWriter writer)
    {
        try
        {
            writer.Flush();
            Body = _buffer.Written.ToArray();
            return null;
        }
        catch (Exception e)
        {
            return writer.Translate(e);
        }
        finally
        {
            _buffer.Dispose();
        }
    }

    /// <summary>Gives the arguments up.</summary>
    /// <param name="writer">The writer, where it stopped.</param>
    /// <param name="error">What the writing threw.</param>
    public RemoteException Fail(ref WireWriter writer, Exception error)
    {
        _buffer.Dispose();
        return writer.Translate(error);
    }

    public void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem)
    {
        if (items is null)
        {
            writer.WriteNil();
            return;
        }

        _streams.Add(token => EncodeAsync(items, writeItem, token));
        writer.WriteInt32(_streams.Count);
    }

    public IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem, InlineCallee callee, CancellationToken callEnded)
        => reader.TryReadNil() ? null : DecodeAsync(_streams[reader.ReadInt32() - 1], readItem, callee, callEnded);

    public void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
    {
        if (progress is null)
        {
            writer.WriteNil();
            return;
        }

        _receivers.Add(report => progress.Report(InlineCodec.Decode(report, readReport, caller)));
        writer.WriteInt32(_receivers.Count);
    }

    public IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport, InlineCallee callee)
        => reader.TryReadNil() ? null : new Reporter<T>(_receivers[reader.ReadInt32() - 1], writeReport, callee);

    private async IAsyncEnumerable<byte[]> EncodeAsync<T>(
        IAsyncEnumerable<T> items, WireWrite<T> writeItem, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (T item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return InlineCodec.Encode(item, writeItem, caller);
    }

    private static async IAsyncEnumerable<T> DecodeAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<byte[]>> items, WireRead<T> readItem, InlineCallee callee, CancellationToken callEnded,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(callEnded, cancellationToken);
        await foreach (byte[] item in items(either.Token).ConfigureAwait(false))
            yield return InlineCodec.Decode(item, readItem, callee);
    }

    private sealed class Reporter<T>(Action<byte[]> receiver, WireWrite<T> writeReport, InlineCallee callee) : IProgress<T>
    {
        public void Report(T value) => receiver(InlineCodec.Encode(value, writeReport, callee));
    }
}
