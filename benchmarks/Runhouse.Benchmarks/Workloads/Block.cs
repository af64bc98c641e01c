using System.Buffers.Binary;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>An item of the stream of blocks: 64 KiB that begin with their number, so that each differs from the others and the reader can tell.</summary>
internal static class Block
{
    /// <summary>How long a block is.</summary>
    public const int Length = 64 * 1024;

    /// <summary>Makes a block of its own: a serializer that sends an object once that occurs twice gains nothing.</summary>
    /// <param name="number">Its number.</param>
    public static byte[] Create(int number)
    {
        byte[] block = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(block, number);
        return block;
    }

    /// <summary>The number of a block.</summary>
    /// <param name="block">The block.</param>
    /// <exception cref="InvalidOperationException">It has another length.</exception>
    public static int Number(ReadOnlySpan<byte> block) => block.Length == Length
        ? BinaryPrimitives.ReadInt32LittleEndian(block)
        : throw new InvalidOperationException($"A block of {block.Length} bytes came.");
}
