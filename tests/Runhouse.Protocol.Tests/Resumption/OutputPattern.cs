namespace Runhouse.Protocol.Tests.Resumption;

/// <summary>A byte string without an end in which no two places look alike.</summary>
internal sealed class OutputPattern
{
    private readonly byte[] _bytes = new byte[1_048_583];

    public OutputPattern() => new Random(1).NextBytes(_bytes);

    /// <summary>Writes what stands at a position.</summary>
    public void Fill(long position, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> next = Next(position, bytes.Length);
            next.CopyTo(bytes);
            position += next.Length;
            bytes = bytes[next.Length..];
        }
    }

    /// <summary>Whether these bytes are what stands at a position.</summary>
    public bool Matches(long position, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> next = Next(position, bytes.Length);
            if (!bytes[..next.Length].SequenceEqual(next))
                return false;
            position += next.Length;
            bytes = bytes[next.Length..];
        }

        return true;
    }

    private ReadOnlySpan<byte> Next(long position, int most)
    {
        ReadOnlySpan<byte> rest = _bytes.AsSpan((int)(position % _bytes.Length));
        return rest[..Math.Min(rest.Length, most)];
    }
}
