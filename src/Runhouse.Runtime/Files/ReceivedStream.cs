using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Files;

/// <summary>What a host sends, as it arrives. A connection that breaks meanwhile is the host's error, and never an early end.</summary>
internal sealed class ReceivedStream : Stream
{
    private readonly HostAddress _host;
    private readonly HttpResponseMessage _response;
    private readonly Stream _content;
    private long _position;

    private ReceivedStream(HostAddress host, HttpResponseMessage response, Stream content) => (_host, _response, _content) = (host, response, content);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _response.Content.Headers.ContentLength ?? throw new NotSupportedException("The host did not say how many bytes it sends.");

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException("What a host sends can be read once, from its beginning.");
    }

    public static async Task<ReceivedStream> OpenAsync(HostAddress host, HttpResponseMessage response, CancellationToken cancellationToken)
        => new(host, response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Count(_content.Read(buffer));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw HostErrors.Unreachable(_host, e);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Count(await _content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw HostErrors.Unreachable(_host, e);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is ever written.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("What a host sends can be read once, from its beginning.");

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("What a host sends cannot be changed.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("What a host sends cannot be changed.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _response.Dispose();
        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        _position += read;
        return read;
    }
}
