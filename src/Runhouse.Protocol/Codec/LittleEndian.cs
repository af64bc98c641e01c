using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Runhouse.Protocol.Codec;

/// <summary>Copies blocks of primitives in the wire's byte order on a machine of the other one.</summary>
internal static class LittleEndian
{
    /// <summary>Copies values into a block, reversing the bytes of each.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    /// <param name="values">The values.</param>
    /// <param name="block">The block, of the same size in bytes.</param>
    public static void Copy<T>(ReadOnlySpan<T> values, Span<byte> block)
        where T : unmanaged
    {
        MemoryMarshal.AsBytes(values).CopyTo(block);
        Reverse(block, Unsafe.SizeOf<T>());
    }

    /// <summary>Copies a block into values, reversing the bytes of each.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    /// <param name="block">The block.</param>
    /// <param name="values">The values, of the same size in bytes.</param>
    public static void Copy<T>(ReadOnlySpan<byte> block, Span<T> values)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(values);
        block.CopyTo(bytes);
        Reverse(bytes, Unsafe.SizeOf<T>());
    }

    private static void Reverse(Span<byte> bytes, int size)
    {
        for (int i = 0; i < bytes.Length; i += size)
            bytes.Slice(i, size).Reverse();
    }
}
