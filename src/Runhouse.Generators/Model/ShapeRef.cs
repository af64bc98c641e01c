namespace Runhouse.Generators.Model;

/// <summary>A type as it travels, where a signature or another shape mentions it.</summary>
/// <param name="TypeName">The type as C# text: fully qualified with <c>global::</c>, with its nullable annotation.</param>
/// <param name="Key">Names the shape: equal for equal shapes, and valid inside an identifier.</param>
/// <param name="SchemaHash">The hash over everything reachable from it; 0 where another shape mentions it.</param>
internal sealed record ShapeRef(string TypeName, string Key, ulong SchemaHash)
{
    /// <summary>Whether its reader may return null.</summary>
    public bool IsReference { get; init; }

    /// <summary>Whether a reference is reachable from it; false where another shape mentions it.</summary>
    public bool HoldsReferences { get; init; }

    /// <summary>Whether <c>WireWriter.Write{Key}</c> and <c>WireReader.Read{Key}</c> exist, so that it needs no serializer.</summary>
    public bool IsPrimitive { get; init; }
}
