using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Resumption;

/// <summary>A piece of a session's output that is kept until the far side has it.</summary>
internal sealed class RetainedSegment
{
    private readonly byte[] _bytes;
    private readonly int _offset;
    private int _room;
    private bool _owns = true;

    /// <summary>An empty segment.</summary>
    /// <param name="start">Where in the output it begins.</param>
    /// <param name="size">How much it holds at least.</param>
    public RetainedSegment(long start, int size)
        : this(start, BodyMemory.Rent(size), 0, 0) => _room = _bytes.Length;

    /// <summary>A segment of what has been written already.</summary>
    /// <param name="start">Where in the output it begins.</param>
    /// <param name="written">What was written, in memory of <see cref="BodyMemory"/>, which is the segment's from now on.</param>
    public RetainedSegment(long start, ArraySegment<byte> written)
        : this(start, written.Array!, written.Offset, written.Count)
    {
    }

    private RetainedSegment(long start, byte[] bytes, int offset, int count)
        => (Start, _bytes, _offset, Count) = (start, bytes, offset, count);

    /// <summary>The next segment.</summary>
    public RetainedSegment? Next { get; set; }

    /// <summary>Where in the output it begins.</summary>
    public long Start { get; private set; }

    /// <summary>How many bytes it holds.</summary>
    public int Count { get; private set; }

    /// <summary>Where in the output it ends.</summary>
    public long End => Start + Count;

    /// <summary>The size of the memory that it is in.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>What can still be written.</summary>
    public Span<byte> Room => _bytes.AsSpan(_offset + Count, _room);

    /// <summary>Counts what has been written.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_room, nameof(count));
        Count += count;
        _room -= count;
    }

    /// <summary>
    /// Ends the segment and gives what room it has to another one, which comes behind it in the output: the memory goes back with that one.
    /// </summary>
    public RetainedSegment Split()
    {
        var rest = new RetainedSegment(0, _bytes, _offset + Count, 0) { _room = _room };
        (_room, _owns) = (0, false);
        return rest;
    }

    /// <summary>Says where in the output a segment begins that holds nothing yet.</summary>
    /// <param name="start">Where.</param>
    public void BeginAt(long start) => Start = start;

    /// <summary>What it holds from a position on.</summary>
    public ReadOnlyMemory<byte> From(long position) => _bytes.AsMemory(_offset + (int)(position - Start), (int)(End - position));

    /// <summary>Gives the memory back, if it is this segment's to give.</summary>
    public void Return()
    {
        if (_owns)
            BodyMemory.Return(_bytes);
    }
}
