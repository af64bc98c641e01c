using Runhouse.Serialization.Corpus;

namespace Runhouse.Serialization;

/// <summary>The comparison that the round trips rely on tells values apart.</summary>
public sealed class SameTests
{
    public static TheoryData<object?, object?> Different => new()
    {
        { new Point(1, 2), new Point(1, 3) },
        { new Derived { Id = 1 }, new Derived { Id = 2 } },
        { new Derived { Weight = 1 }, new Derived { Weight = 2 } },
        { new[] { 1, 2 }, new[] { 2, 1 } },
        { new int[1, 4], new int[2, 2] },
        { new Dictionary<string, int> { ["a"] = 1 }, new Dictionary<string, int> { ["a"] = 2 } },
        { new HashSet<int> { 1 }, new HashSet<int> { 2 } },
        { new Stack<int>([1, 2]), new Stack<int>([2, 1]) },
        { 1.0m, 1.00m },
        { new Cat { Name = "a" }, new Dog { Name = "a" } },
        { new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.FromHours(1)), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) },
        { "a", null },
    };

    [Theory]
    [MemberData(nameof(Different))]
    public void Different_values_are_not_the_same(object? one, object? other) => Assert.False(Same.Are(one, other));
}
