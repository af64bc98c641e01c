using System.Buffers;
using System.Numerics;

namespace Runhouse.Protocol.Codec;

/// <summary>
/// The memory of bodies. Small arrays are the shared pool's. Large ones are kept here, because fresh memory costs more than the copy into it: a few of
/// them, and the largest only until the collector looks. The shared pool would keep as many as were ever in use at once, for as long as the process lives.
/// </summary>
public static class BodyMemory
{
    /// <summary>The largest array that the shared pool gets.</summary>
    internal const int LargestShared = 1 << 20;

    /// <summary>The largest array that the collector leaves here.</summary>
    internal const int LargestKept = 32 << 20;

    /// <summary>How much the collector leaves here in all.</summary>
    internal const long MostKept = 64L << 20;

    /// <summary>How many larger ones are remembered.</summary>
    private const int MostRemembered = 16;

    private static readonly Lock Access = new();
    private static readonly List<byte[]> Kept = [];
    private static readonly List<WeakReference<byte[]>> Remembered = [];
    private static long _keptBytes;

    /// <summary>Lets go of the large arrays that are kept: for a process that will not need them soon.</summary>
    public static void LetGo()
    {
        lock (Access)
        {
            Kept.Clear();
            _keptBytes = 0;
        }
    }

    /// <summary>An array for at least so many bytes.</summary>
    /// <param name="size">How many.</param>
    internal static byte[] Rent(int size)
    {
        if (size <= LargestShared)
            return ArrayPool<byte>.Shared.Rent(size);
        if (size <= LargestKept)
            size = (int)BitOperations.RoundUpToPowerOf2((uint)size);
        lock (Access)
        {
            if ((size <= LargestKept ? FindKept(size) : FindRemembered(size)) is { } found)
                return found;
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Takes an array back.</summary>
    /// <param name="bytes">An array that was rented here; nobody else has it.</param>
    internal static void Return(byte[] bytes)
    {
        if (bytes.Length <= LargestShared)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            return;
        }

        lock (Access)
        {
            if (bytes.Length > LargestKept)
            {
                if (Remembered.Count == MostRemembered)
                    Remembered.RemoveAt(0);
                Remembered.Add(new WeakReference<byte[]>(bytes));
                return;
            }

            // The oldest go: sizes that are asked for no more make room for those that are.
            while (_keptBytes + bytes.Length > MostKept)
                Take(0);
            Kept.Add(bytes);
            _keptBytes += bytes.Length;
        }
    }

    private static byte[]? FindKept(int size)
    {
        int found = Kept.FindLastIndex(one => one.Length == size);
        return found < 0 ? null : Take(found);
    }

    // One that is much larger is left to those who need it.
    private static byte[]? FindRemembered(int size)
    {
        for (int i = Remembered.Count - 1; i >= 0; i--)
        {
            if (!Remembered[i].TryGetTarget(out byte[]? bytes))
            {
                Remembered.RemoveAt(i);
            }
            else if (bytes.Length >= size && bytes.Length - size <= size / 4)
            {
                Remembered.RemoveAt(i);
                return bytes;
            }
        }

        return null;
    }

    private static byte[] Take(int index)
    {
        byte[] bytes = Kept[index];
        Kept.RemoveAt(index);
        _keptBytes -= bytes.Length;
        return bytes;
    }
}
