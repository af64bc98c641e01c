using System.Buffers;

namespace Runhouse.Protocol.Codec;

/// <summary>A growing, pooled buffer that holds one body, with a limit. Not thread-safe; reset and reused, or returned by dispose.</summary>
public sealed class BodyBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>Less than this it does not hold once something has been written.</summary>
    internal const int InitialBytes = 512;

    private readonly int _headroom;
    private byte[] _bytes = [];
    private int _written;

    /// <summary>An empty buffer.</summary>
    public BodyBuffer()
    {
    }

    /// <summary>An empty buffer that leaves room in front of the body.</summary>
    /// <param name="headroom">How much.</param>
    internal BodyBuffer(int headroom) => _headroom = headroom;

    /// <summary>The largest body it takes, in bytes.</summary>
    public long MaxBytes { get; set; } = WireLimits.Default.MaxBodyBytes;

    /// <summary>What has been written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(_bytes.Length == 0 ? 0 : _headroom, _written);

    /// <summary>Room for where in the body its writer is.</summary>
    internal MemberPath.Name[] MemberNames => field ??= MemberPath.Room();

    /// <summary>The memory that it holds.</summary>
    internal int Capacity => _bytes.Length;

    /// <summary>The number of bytes written.</summary>
    public int Count => _written;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Room, nameof(count));

        // Pooled memory is larger than what was asked for.
        if (_written + (long)count > MaxBytes)
            throw new BodyTooLargeException(MaxBytes);
        _written += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_headroom + _written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_headroom + _written);
    }

    /// <summary>Forgets what has been written and keeps the memory.</summary>
    public void Reset() => _written = 0;

    /// <summary>Forgets what has been written behind a position.</summary>
    /// <param name="count">How many bytes stay.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_written, nameof(count));
        _written = count;
    }

    /// <summary>Gives the memory back to the pool.</summary>
    public void Dispose()
    {
        byte[] bytes = _bytes;
        (_bytes, _written) = ([], 0);
        if (bytes.Length > 0)
            BodyMemory.Return(bytes);
    }

    /// <summary>Gives away the memory, with the body behind the headroom: whoever takes it returns it to <see cref="BodyMemory"/>.</summary>
    internal byte[] Detach()
    {
        byte[] bytes = _bytes;
        (_bytes, _written) = ([], 0);
        return bytes;
    }

    private int Room => Math.Max(_bytes.Length - _headroom, 0) - _written;

    private void Reserve(int sizeHint)
    {
        sizeHint = Math.Max(sizeHint, 1);
        if (Room >= sizeHint)
            return;
        long needed = (long)_written + sizeHint;
        if (needed > MaxBytes || needed + _headroom > Array.MaxLength)
            throw new BodyTooLargeException(MaxBytes);

        // Twice as much, but no more than it will ever take.
        long most = Math.Min(Math.Max(MaxBytes + _headroom, InitialBytes), Array.MaxLength);
        long size = Math.Min(Math.Max(Math.Max(needed + _headroom, InitialBytes), 2L * _bytes.Length), most);
        byte[] larger = BodyMemory.Rent((int)size);
        Written.Span.CopyTo(larger.AsSpan(_headroom));
        if (_bytes.Length > 0)
            BodyMemory.Return(_bytes);
        _bytes = larger;
    }
}
