using System.Collections;

namespace Runhouse.Generators.Model;

/// <summary>
/// An immutable array that compares by value. Models hold nothing else: an <c>ImmutableArray</c> compares by reference, so that every
/// edit would re-run every output.
/// </summary>
/// <typeparam name="T">The items' type; compares by value itself.</typeparam>
/// <param name="items">The items; the array takes them over.</param>
[System.Runtime.CompilerServices.CollectionBuilder(typeof(EquatableArray), nameof(EquatableArray.Create))]
internal readonly struct EquatableArray<T>(T[]? items) : IEquatable<EquatableArray<T>>, IReadOnlyList<T>
    where T : IEquatable<T>
{
    private readonly T[]? _items = items;

    /// <summary>Makes an array of the items.</summary>
    /// <param name="items">The items, copied.</param>
    public EquatableArray(IEnumerable<T> items)
        : this(items.ToArray())
    {
    }

    /// <summary>An array without items.</summary>
    public static EquatableArray<T> Empty => default;

    /// <inheritdoc/>
    public int Count => _items?.Length ?? 0;

    /// <inheritdoc/>
    public T this[int index] => (_items ?? [])[index];

    /// <inheritdoc/>
    public bool Equals(EquatableArray<T> other)
    {
        if (Count != other.Count)
            return false;
        for (int i = 0; i < Count; i++)
        {
            if (!EqualityComparer<T>.Default.Equals(_items![i], other._items![i]))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EquatableArray<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        int hash = 17;
        foreach (T item in _items ?? [])
            hash = unchecked((hash * 31) + (item?.GetHashCode() ?? 0));
        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)(_items ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Builds an <see cref="EquatableArray{T}"/> from a collection expression.</summary>
internal static class EquatableArray
{
    /// <summary>Makes an array of the items.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">The items, copied.</param>
    public static EquatableArray<T> Create<T>(ReadOnlySpan<T> items)
        where T : IEquatable<T>
        => new(items.ToArray());
}
