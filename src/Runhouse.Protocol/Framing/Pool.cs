using System.Collections.Concurrent;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// Keeps objects for reuse, so that a call allocates nothing. Each thread has some at hand, which costs no synchronization; what one thread
/// has too many of goes to those that have none, a magazine at a time. Bounded: what does not fit is left to the collector.
/// </summary>
/// <typeparam name="T">The objects.</typeparam>
internal static class Pool<T>
    where T : class, new()
{
    private const int MagazineSize = 32;
    private const int KeptMagazines = 64;

    private static readonly ConcurrentQueue<Magazine> Full = new();
    private static readonly ConcurrentQueue<Magazine> Empty = new();

    [ThreadStatic]
    private static Magazine? _atHand;

    public static T Rent()
    {
        Magazine? magazine = _atHand;
        if (magazine is { Count: > 0 })
            return magazine.Take();
        if (!Full.TryDequeue(out Magazine? full))
            return new T();
        if (magazine is not null)
            Empty.Enqueue(magazine);
        _atHand = full;
        return full.Take();
    }

    public static void Return(T item)
    {
        Magazine magazine = _atHand ??= new Magazine();
        if (magazine.Count == MagazineSize)
        {
            if (Full.Count >= KeptMagazines)
                return;
            Full.Enqueue(magazine);
            if (!Empty.TryDequeue(out magazine!))
                magazine = new Magazine();
            _atHand = magazine;
        }

        magazine.Add(item);
    }

    /// <summary>Some objects, used by one thread at a time.</summary>
    private sealed class Magazine
    {
        // In structs: stores of references into an array are checked otherwise.
        private readonly Slot[] _items = new Slot[MagazineSize];

        public int Count { get; private set; }

        public void Add(T item) => _items[Count++].Item = item;

        public T Take()
        {
            ref Slot slot = ref _items[--Count];
            T item = slot.Item!;
            slot.Item = null;
            return item;
        }

        private struct Slot
        {
            public T? Item;
        }
    }
}
