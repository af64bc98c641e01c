namespace Runhouse.Integration.Files;

/// <summary>Bytes whose place can be told from their value, made while they are read; they cannot be sought in, like those of a network or a pipe.</summary>
internal sealed class PatternStream(long length, long failsAt = long.MaxValue) : Stream
{
    // A prime, so that the pattern fits no buffer.
    private const int Period = 1_048_573;

    private static readonly byte[] Pattern = Make();

    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads a stream to its end and compares it; its length.</summary>
    public static async Task<long> CheckAsync(Stream stream)
    {
        byte[] buffer = new byte[1 << 20];
        long position = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            for (int i = 0; i < read;)
            {
                int offset = (int)((position + i) % Period);
                int length = Math.Min(read - i, Period - offset);
                Assert.True(buffer.AsSpan(i, length).SequenceEqual(Pattern.AsSpan(offset, length)), $"Other bytes at {position + i}.");
                i += length;
            }

            position += read;
        }

        return position;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position >= failsAt)
            throw new InvalidOperationException("The source ran dry.");
        int offset = (int)(_position % Period);
        int read = (int)Math.Min(Math.Min(buffer.Length, Period - offset), length - _position);
        Pattern.AsSpan(offset, read).CopyTo(buffer);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Make()
    {
        byte[] pattern = new byte[Period];
        new Random(7).NextBytes(pattern);
        return pattern;
    }
}
