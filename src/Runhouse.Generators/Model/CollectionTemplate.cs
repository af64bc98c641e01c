namespace Runhouse.Generators.Model;

/// <summary>How emitted code goes through a collection and makes it again. Every text is C#.</summary>
/// <param name="Count">The number of elements of <c>value</c>.</param>
/// <param name="Make">Makes the collection that is filled, from <c>count</c>.</param>
/// <param name="Add">Adds <c>item</c>, or <c>key</c> and <c>item</c>, to <c>result</c>.</param>
/// <param name="Finish">Makes the result of what was filled; <c>result</c> itself when nothing is left to do.</param>
internal sealed record CollectionTemplate(string Count, string Make, string Add, string Finish)
{
    /// <summary>What is written in place of <c>value</c>, when that cannot be counted.</summary>
    public string Source { get; init; } = "value";

    /// <summary>The condition under which a value type holds nothing at all and travels as nil; empty when there is none.</summary>
    public string IsDefault { get; init; } = "";

    /// <summary>The span of a block's values.</summary>
    public string Span { get; init; } = "";
}
