namespace Runhouse.Protocol.Redaction;

/// <summary>Reads another stream and replaces the secrets in it. Which they are may be said later than reading begins, before they can come.</summary>
/// <param name="inner">The other stream.</param>
/// <param name="find">The redactor; null as long as there is nothing to hide.</param>
public sealed class RedactingStream(Stream inner, Func<Redactor?> find) : Stream
{
    private StreamRedactor? _redactor;
    private ReadOnlyMemory<byte> _ready;
    private bool _ended;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty)
        {
            if (_ended)
                return 0;
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (_redactor is null && find() is { } redactor)
                _redactor = new StreamRedactor(redactor);
            if (_redactor is null)
                return read;
            _ended = read == 0;
            _ready = _ended ? _redactor.End() : _redactor.Add(buffer.Span[..read]);
        }

        int count = Math.Min(buffer.Length, _ready.Length);
        _ready[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
