using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The arguments of one call: their bytes, and the streams and receivers of progress among them, by index from 1.</summary>
/// <param name="limits">What is accepted.</param>
[SuppressMessage("Design", "CA1001", Justification = "Every way of ending the writing gives the buffer back.")]
internal sealed class InlineArguments(WireLimits limits)
{
    private readonly BodyBuffer _buffer = new() { MaxBytes = limits.MaxBodyBytes };
    private readonly List<Func<CancellationToken, IAsyncEnumerable<byte[]>>> _streams = [];
    private readonly List<Action<byte[]>> _receivers = [];

    /// <summary>The written arguments. Kept for the call's life: remote code that outlives its caller still reads it.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public WireWriter Begin() => new(_buffer, ObjectForm.Array, limits.MaxDepth);

    /// <summary>Ends the writing.</summary>
    /// <param name="writer">The writer, behind the last argument; its error is the call's.</param>
    public RemoteSerializationException? End(ref WireWriter writer)
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
    public RemoteSerializationException Fail(ref WireWriter writer, Exception error)
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

    public IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem, CancellationToken callEnded)
        => reader.TryReadNil() ? null : DecodeAsync(_streams[reader.ReadInt32() - 1], readItem, callEnded);

    public void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
    {
        if (progress is null)
        {
            writer.WriteNil();
            return;
        }

        _receivers.Add(report => progress.Report(InlineCodec.Decode(report, readReport, limits)));
        writer.WriteInt32(_receivers.Count);
    }

    public IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport)
        => reader.TryReadNil() ? null : new Reporter<T>(_receivers[reader.ReadInt32() - 1], writeReport, limits);

    private async IAsyncEnumerable<byte[]> EncodeAsync<T>(
        IAsyncEnumerable<T> items, WireWrite<T> writeItem, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (T item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return InlineCodec.Encode(item, writeItem, limits);
    }

    private async IAsyncEnumerable<T> DecodeAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<byte[]>> items, WireRead<T> readItem, CancellationToken callEnded,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(callEnded, cancellationToken);
        await foreach (byte[] item in items(either.Token).ConfigureAwait(false))
            yield return InlineCodec.Decode(item, readItem, limits);
    }

    private sealed class Reporter<T>(Action<byte[]> receiver, WireWrite<T> writeReport, WireLimits limits) : IProgress<T>
    {
        public void Report(T value) => receiver(InlineCodec.Encode(value, writeReport, limits));
    }
}
