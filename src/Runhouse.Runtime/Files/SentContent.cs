using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;

namespace Runhouse.Runtime.Files;

/// <summary>The body of an upload, read from a stream while it is sent. What goes wrong with the stream is told apart from what goes wrong with the connection.</summary>
internal sealed class SentContent : HttpContent
{
    private const int BufferBytes = 128 << 10;

    private const long WorthAskingBytes = 1 << 20;

    private readonly Stream _source;
    private readonly long? _start;
    private readonly long? _length;
    private readonly bool _isCompressed;
    private readonly Action<long>? _sent;
    private long _read;

    /// <summary>Makes a body.</summary>
    /// <param name="source">What is sent, from where the stream stands.</param>
    /// <param name="length">How many bytes are sent; null for all that come.</param>
    /// <param name="isCompressed">Whether they are compressed on their way.</param>
    /// <param name="sent">Is told of the bytes that were read to be sent; of a negative number when they are sent again.</param>
    public SentContent(Stream source, long? length, bool isCompressed, Action<long>? sent)
    {
        (_source, _length, _isCompressed, _sent) = (source, length, isCompressed, sent);
        _start = source.CanSeek ? source.Position : null;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (isCompressed)
            Headers.ContentEncoding.Add("br");
    }

    /// <summary>What reading the stream threw; null when the stream did no harm.</summary>
    public Exception? ReadError { get; private set; }

    /// <summary>Whether it can be sent, also once more: nothing has been, or its stream goes back.</summary>
    public bool CanBeSent => _read == 0 || _start is not null;

    /// <summary>Whether the host is better asked first whether it takes it: that costs a round trip, and in vain this cannot be sent, or only at length.</summary>
    public bool IsWorthAsking => _start is null || _length is not < WorthAskingBytes;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!_isCompressed)
        {
            await CopyAsync(stream, cancellationToken).ConfigureAwait(false);
            return;
        }

        var brotli = new BrotliStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await using (brotli.ConfigureAwait(false))
            await CopyAsync(brotli, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null && !_isCompressed;
    }

    private async Task CopyAsync(Stream target, CancellationToken cancellationToken)
    {
        if (_read > 0 && _start is { } start)
        {
            _source.Position = start;
            _sent?.Invoke(-_read);
            _read = 0;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long left = _length ?? long.MaxValue;
            while (left > 0)
            {
                int read = await ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    break;
                _read += read;
                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                left -= read;
                _sent?.Invoke(read);
            }

            if (_length is not null && left > 0)
                throw ReadError = new EndOfStreamException($"It ended {left} bytes early.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            ReadError = e;
            throw;
        }
    }
}
