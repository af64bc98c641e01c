using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>The arguments of one call: their bytes, and the streams and receivers of progress among them, by index from 1.</summary>
/// <param name="limits">What is accepted.</param>
/// <param name="values">The values that references lead to.</param>
[SuppressMessage("Design", "CA1001", Justification = "Every way of ending the writing gives the buffer back.")]
internal sealed class InlineArguments(WireLimits limits, InlineValues values) : IReferenceWriter
{
    private readonly BodyBuffer _buffer = new() { MaxBytes = limits.MaxBodyBytes };
    private readonly List<Func<CancellationToken, IAsyncEnumerable<byte[]>>> _streams = [];
    private readonly List<Action<byte[]>> _receivers = [];
    private readonly List<ILentRef> _references = [];
    private ObjectDisposedException? _disposed;

    /// <summary>The written arguments. Kept for the call's life: remote code that outlives its caller still reads it.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public WireWriter Begin() => new(_buffer, ObjectForm.Array, limits, this);

    /// <inheritdoc/>
    public ulong Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form)
    {
        ILentRef local = reference switch
        {
            IInlineRef inline => Local(inline),
            LocalRef<T> own when RemoteContext.Current is InlineContext => own,
            _ => throw new RemoteSerializationException(
                $"An argument is a RemoteRef<{typeof(T).Name}> to a value of the caller, to which no worker can come back. Pass the value itself, or let a remote function make the reference and return it."),
        };
        _references.Add(local);
        return values.Pass(local);
    }

    private ILentRef Local(IInlineRef reference)
    {
        try
        {
            return reference.Local;
        }
        catch (ObjectDisposedException disposed)
        {
            // The caller's own mistake, and no matter of serialization.
            _disposed = disposed;
            throw;
        }
    }

    /// <summary>A call with these arguments begins: it is lent the references among them.</summary>
    public void Lend()
    {
        int lent = 0;
        try
        {
            for (; lent < _references.Count; lent++)
                _references[lent].Lend();
        }
        catch
        {
            while (lent > 0)
                _ = _references[--lent].TakeBackAsync().AsTask();
            throw;
        }
    }

    /// <summary>Such a call has ended.</summary>
    public async ValueTask TakeBackAsync()
    {
        foreach (ILentRef reference in _references)
            await reference.TakeBackAsync().ConfigureAwait(false);
    }

    /// <summary>Finds the references among the arguments.</summary>
    public IReferenceReader Reader { get; } = new PassedReader(values);

    /// <summary>Ends the writing.</summary>
    /// <param name="writer">The writer, behind the last argument; its error is the call's.</param>
    public Exception? End(ref WireWriter writer)
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
    public Exception Fail(ref WireWriter writer, Exception error)
    {
        _buffer.Dispose();
        return _disposed ?? (Exception)writer.Translate(error);
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

    private sealed class PassedReader(InlineValues values) : IReferenceReader
    {
        public RemoteRef<T> Read<T>(ulong id, WireRead<T>? readValue) => values.FindPassed<T>(id);
    }

    private sealed class Reporter<T>(Action<byte[]> receiver, WireWrite<T> writeReport, WireLimits limits) : IProgress<T>
    {
        public void Report(T value) => receiver(InlineCodec.Encode(value, writeReport, limits));
    }
}
