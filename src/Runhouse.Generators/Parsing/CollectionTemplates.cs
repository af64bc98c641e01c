using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>The framework's collections: how emitted code goes through each and makes it again.</summary>
internal static class CollectionTemplates
{
    private const string Generic = "System.Collections.Generic.";
    private const string Immutable = "System.Collections.Immutable.";

    /// <summary>How a collection of primitives becomes a span, and is made of the array <c>block</c>; null when it has no block form.</summary>
    /// <param name="definition">The generic definition's full name.</param>
    /// <param name="item">The element type as C# text.</param>
    public static CollectionTemplate? Block(string definition, string item) => definition switch
    {
        Generic + "List<T>" => Spanned(
            "global::System.Runtime.InteropServices.CollectionsMarshal.AsSpan(value)", $"new global::System.Collections.Generic.List<{item}>(result)"),
        "System.Memory<T>" => Spanned("value.Span", "result"),
        "System.ReadOnlyMemory<T>" => Spanned("value.Span", "result"),
        "System.ArraySegment<T>" => Spanned("value.AsSpan()", $"new global::System.ArraySegment<{item}>(result)"),
        Immutable + "ImmutableArray<T>" => Spanned(
            "value.AsSpan()", "global::System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(result)") with
        { IsDefault = "value.IsDefault" },
        _ => null,
    };

    /// <summary>How a collection is gone through and filled; null when the type is none.</summary>
    /// <param name="definition">The generic definition's full name.</param>
    /// <param name="item">The element type as C# text.</param>
    public static CollectionTemplate? Collection(string definition, string item)
    {
        string list = $"new global::System.Collections.Generic.List<{item}>(count)";
        return definition switch
        {
            Generic + "List<T>" or Generic + "IList<T>" or Generic + "ICollection<T>" or Generic + "IReadOnlyList<T>"
                or Generic + "IReadOnlyCollection<T>" => Filled(list),
            Generic + "IEnumerable<T>" => new("source.Count", list, "result.Add(item);", "result") { Source = "global::System.Linq.Enumerable.ToList(value)" },
            Generic + "HashSet<T>" or Generic + "ISet<T>" or Generic + "IReadOnlySet<T>" => Filled($"new global::System.Collections.Generic.HashSet<{item}>()"),
            Generic + "SortedSet<T>" => Filled($"new global::System.Collections.Generic.SortedSet<{item}>()"),
            Generic + "LinkedList<T>" => new("value.Count", $"new global::System.Collections.Generic.LinkedList<{item}>()", "result.AddLast(item);", "result"),
            Generic + "Queue<T>" => new("value.Count", $"new global::System.Collections.Generic.Queue<{item}>(count)", "result.Enqueue(item);", "result"),
            Generic + "Stack<T>" => Finished(list, $"new global::System.Collections.Generic.Stack<{item}>(global::System.Linq.Enumerable.Reverse((global::System.Collections.Generic.IEnumerable<{item}>)result))"),
            "System.Collections.Concurrent.ConcurrentQueue<T>" => Uncounted(list, $"new global::System.Collections.Concurrent.ConcurrentQueue<{item}>(result)"),
            "System.Collections.Concurrent.ConcurrentBag<T>" => Uncounted(list, $"new global::System.Collections.Concurrent.ConcurrentBag<{item}>(result)"),
            "System.Collections.ObjectModel.Collection<T>" => Filled($"new global::System.Collections.ObjectModel.Collection<{item}>()"),
            "System.Collections.ObjectModel.ObservableCollection<T>" => Filled($"new global::System.Collections.ObjectModel.ObservableCollection<{item}>()"),
            "System.Collections.ObjectModel.ReadOnlyCollection<T>" => Finished(list, $"new global::System.Collections.ObjectModel.ReadOnlyCollection<{item}>(result)"),
            "System.Memory<T>" or "System.ReadOnlyMemory<T>" => Finished(list, "result.ToArray()") with { Count = "value.Length", Source = "value.ToArray()" },
            "System.ArraySegment<T>" => Finished(list, $"new global::System.ArraySegment<{item}>(result.ToArray())") with { IsDefault = "value.Array is null" },
            Immutable + "ImmutableArray<T>" => Finished(list, "global::System.Collections.Immutable.ImmutableArray.CreateRange(result)")
                with
            { Count = "value.Length", IsDefault = "value.IsDefault" },
            Immutable + "ImmutableList<T>" or Immutable + "IImmutableList<T>" => Finished(list, "global::System.Collections.Immutable.ImmutableList.CreateRange(result)"),
            Immutable + "ImmutableHashSet<T>" or Immutable + "IImmutableSet<T>" => Finished(list, "global::System.Collections.Immutable.ImmutableHashSet.CreateRange(result)"),
            Immutable + "ImmutableSortedSet<T>" => Finished(list, "global::System.Collections.Immutable.ImmutableSortedSet.CreateRange(result)"),
            Immutable + "ImmutableQueue<T>" => Uncounted(list, "global::System.Collections.Immutable.ImmutableQueue.CreateRange(result)"),
            Immutable + "ImmutableStack<T>" => Uncounted(
                list, $"global::System.Collections.Immutable.ImmutableStack.CreateRange(global::System.Linq.Enumerable.Reverse((global::System.Collections.Generic.IEnumerable<{item}>)result))"),
            "System.Collections.Frozen.FrozenSet<T>" => Finished(list, "global::System.Collections.Frozen.FrozenSet.ToFrozenSet(result)"),
            _ => null,
        };
    }

    /// <summary>How a dictionary is gone through and filled; null when the type is none.</summary>
    /// <param name="definition">The generic definition's full name.</param>
    /// <param name="key">The key type as C# text.</param>
    /// <param name="item">The value type as C# text.</param>
    public static CollectionTemplate? Dictionary(string definition, string key, string item)
    {
        string dictionary = $"new global::System.Collections.Generic.Dictionary<{key}, {item}>()";
        return definition switch
        {
            Generic + "Dictionary<TKey, TValue>" or Generic + "IDictionary<TKey, TValue>" or Generic + "IReadOnlyDictionary<TKey, TValue>" => Keyed(dictionary),
            Generic + "SortedDictionary<TKey, TValue>" => Keyed($"new global::System.Collections.Generic.SortedDictionary<{key}, {item}>()"),
            Generic + "SortedList<TKey, TValue>" => Keyed($"new global::System.Collections.Generic.SortedList<{key}, {item}>()"),
            "System.Collections.Concurrent.ConcurrentDictionary<TKey, TValue>" => Keyed($"new global::System.Collections.Concurrent.ConcurrentDictionary<{key}, {item}>()") with { Count = "source.Length", Source = "value.ToArray()" },
            "System.Collections.ObjectModel.ReadOnlyDictionary<TKey, TValue>" => Keyed(dictionary) with { Finish = $"new global::System.Collections.ObjectModel.ReadOnlyDictionary<{key}, {item}>(result)" },
            Immutable + "ImmutableDictionary<TKey, TValue>" or Immutable + "IImmutableDictionary<TKey, TValue>" => Keyed(dictionary) with { Finish = "global::System.Collections.Immutable.ImmutableDictionary.CreateRange(result)" },
            Immutable + "ImmutableSortedDictionary<TKey, TValue>" => Keyed(dictionary) with { Finish = "global::System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(result)" },
            "System.Collections.Frozen.FrozenDictionary<TKey, TValue>" => Keyed(dictionary) with { Finish = "global::System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(result)" },
            _ => null,
        };
    }

    private static CollectionTemplate Spanned(string span, string finish) => new("", "", "", finish) { Span = span };

    private static CollectionTemplate Filled(string make) => new("value.Count", make, "result.Add(item);", "result");

    private static CollectionTemplate Finished(string make, string finish) => new("value.Count", make, "result.Add(item);", finish);

    private static CollectionTemplate Uncounted(string make, string finish)
        => new("source.Count", make, "result.Add(item);", finish) { Source = "global::System.Linq.Enumerable.ToList(value)" };

    private static CollectionTemplate Keyed(string make) => new("value.Count", make, "result[key] = item;", "result");
}
