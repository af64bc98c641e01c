using System.Collections;
using System.Reflection;

namespace Runhouse.Serialization;

/// <summary>Whether two values hold the same: by value for the framework's simple types, by content for collections, by fields for the rest.</summary>
internal static class Same
{
    public static bool Are(object? one, object? other)
    {
        if (one is null || other is null)
            return one is null && other is null;
        Type type = one.GetType();
        if (one is double a && other is double b)
            return BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || (double.IsNaN(a) && double.IsNaN(b));
        if (one is DateTime at && other is DateTime then)
            return at == then && at.Kind == then.Kind;
        if (one is DateTimeOffset instant && other is DateTimeOffset moment)
            return instant.EqualsExact(moment);
        if (one is decimal price && other is decimal cost)
            return decimal.GetBits(price).SequenceEqual(decimal.GetBits(cost));
        if (type.IsPrimitive || type.IsEnum || one is string or Guid or TimeSpan or DateOnly or TimeOnly or Uri or Version || type.Namespace == "System.Numerics" || one is Half or Int128 or UInt128)
            return one.Equals(other);
        if (one is Array array && array.Rank > 1 && (other is not Array grid || !Lengths(array).SequenceEqual(Lengths(grid))))
            return false;
        if (type.IsGenericType && type.GetGenericTypeDefinition() is { } definition && (definition == typeof(ReadOnlyMemory<>) || definition == typeof(Memory<>)))
            return Are(type.GetMethod("ToArray")!.Invoke(one, null), other.GetType().GetMethod("ToArray")!.Invoke(other, null));
        if (type.IsValueType && type.GetProperty("IsDefault") is { } isDefault && (true.Equals(isDefault.GetValue(one)) || true.Equals(isDefault.GetValue(other))))
            return Equals(isDefault.GetValue(one), isDefault.GetValue(other));
        if (one is IEnumerable items)
            return other is IEnumerable others && Items(items, others);
        return type == other.GetType() && Fields(type).All(field => Are(field.GetValue(one), field.GetValue(other)));
    }

    private static bool Items(IEnumerable one, IEnumerable other)
    {
        List<object?> left = [.. one.Cast<object?>()];
        List<object?> right = [.. other.Cast<object?>()];
        if (left.Count != right.Count)
            return false;
        if (!IsUnordered(one))
            return left.Zip(right).All(static pair => Are(pair.First, pair.Second));
        return left.TrueForAll(item => right.FindIndex(candidate => Are(item, candidate)) is >= 0 and var at && Remove(right, at));
    }

    private static bool Remove(List<object?> list, int at)
    {
        list.RemoveAt(at);
        return true;
    }

    private static bool IsUnordered(IEnumerable items) => items is IDictionary
        || items.GetType().GetInterfaces().Any(static face => face.IsGenericType && face.GetGenericTypeDefinition() is { } definition
            && (definition == typeof(ISet<>) || definition == typeof(IReadOnlyDictionary<,>) || definition == typeof(IDictionary<,>)));

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (Type? at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (FieldInfo field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (!field.Name.StartsWith("<Secret>", StringComparison.Ordinal))
                    yield return field;
            }
        }
    }

    private static IEnumerable<int> Lengths(Array array) => Enumerable.Range(0, array.Rank).Select(array.GetLength);
}
