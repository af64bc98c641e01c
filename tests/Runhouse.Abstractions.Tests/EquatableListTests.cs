namespace Runhouse.Tests;

public sealed class EquatableListTests
{
    [Fact]
    public void A_record_with_a_list_compares_by_its_items_and_prints_them()
    {
        var one = new Cores("a", [1, 2]);
        Assert.Equal(one, new Cores("a", [1, 2]));
        Assert.NotEqual(one, new Cores("a", [2, 1]));
        Assert.Equal("Cores { Name = a, Numbers = [1, 2] }", one.ToString());
    }

    private sealed record Cores(string Name, EquatableList<int> Numbers);
}
