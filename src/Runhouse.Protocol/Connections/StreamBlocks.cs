using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Runhouse.Protocol.Connections;

/// <summary>Streams of numbers: sent as a block instead of value by value, between sides that know the type to be the same.</summary>
internal static class StreamBlocks
{
    /// <summary>Whether items of a type are sent as a block: for a number, every contract has the same serializer, so that none is asked.</summary>
    /// <typeparam name="T">The type.</typeparam>
    public static bool Holds<T>() => BitConverter.IsLittleEndian
        && (typeof(T) == typeof(int) || typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(long)
            || typeof(T) == typeof(byte) || typeof(T) == typeof(sbyte) || typeof(T) == typeof(short) || typeof(T) == typeof(ushort)
            || typeof(T) == typeof(uint) || typeof(T) == typeof(ulong));

    /// <summary>Writes an item of such a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="output">Where.</param>
    /// <param name="value">The item.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(Span<byte> output, T value)
    {
        if (output.Length < Unsafe.SizeOf<T>())
            throw new ArgumentException("There is no room for the item.", nameof(output));
        Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(output), value);
    }

    /// <summary>Reads a block into an array; false when it holds another number of items.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="block">The block.</param>
    /// <param name="items">The array.</param>
    /// <param name="count">How many items there are to be.</param>
    public static bool TryRead<T>(ReadOnlySpan<byte> block, T[] items, int count)
    {
        if (!Holds<T>() || block.Length != (long)count * Unsafe.SizeOf<T>() || items.Length < count)
            return false;
        if (count > 0)
            Unsafe.CopyBlockUnaligned(ref Unsafe.As<T, byte>(ref items[0]), ref MemoryMarshal.GetReference(block), (uint)block.Length);
        return true;
    }
}
