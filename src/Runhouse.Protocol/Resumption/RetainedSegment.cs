using System.Buffers;

namespace Runhouse.Protocol.Resumption;

/// <summary>A piece of a session's output that is kept until the far side has it.</summary>
/// <param name="start">Where in the output it begins.</param>
/// <param name="size">How much it holds at least.</param>
internal sealed class RetainedSegment(long start, int size)
{
    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>The next segment.</summary>
    public RetainedSegment? Next { get; set; }

    /// <summary>Where in the output it begins.</summary>
    public long Start => start;

    /// <summary>How many bytes it holds.</summary>
    public int Count { get; private set; }

    /// <summary>Where in the output it ends.</summary>
    public long End => start + Count;

    /// <summary>What can still be written.</summary>
    public Span<byte> Room => _bytes.AsSpan(Count);

    /// <summary>Counts what has been written.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Count), nameof(count));
        Count += count;
    }

    /// <summary>What it holds from a position on.</summary>
    public ReadOnlyMemory<byte> From(long position) => _bytes.AsMemory((int)(position - start), (int)(End - position));

    /// <summary>Gives the memory back.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(_bytes);
}
