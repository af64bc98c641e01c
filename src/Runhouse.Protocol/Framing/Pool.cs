using System.Collections.Concurrent;

namespace Runhouse.Protocol.Framing;

/// <summary>Keeps objects for reuse, so that a call allocates nothing. Bounded: what does not fit is left to the collector.</summary>
/// <typeparam name="T">The objects.</typeparam>
internal static class Pool<T>
    where T : class, new()
{
    private const int Kept = 2048;

    private static readonly ConcurrentQueue<T> Items = new();
    private static T? _first;
    private static int _count;

    public static T Rent()
    {
        T? item = Interlocked.Exchange(ref _first, null);
        if (item is not null)
            return item;
        if (!Items.TryDequeue(out item))
            return new T();
        Interlocked.Decrement(ref _count);
        return item;
    }

    public static void Return(T item)
    {
        if (Volatile.Read(ref _first) is null && Interlocked.CompareExchange(ref _first, item, null) is null)
            return;
        if (Interlocked.Increment(ref _count) <= Kept)
            Items.Enqueue(item);
        else
            Interlocked.Decrement(ref _count);
    }
}
