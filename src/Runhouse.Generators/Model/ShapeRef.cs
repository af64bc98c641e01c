namespace Runhouse.Generators.Model;

/// <summary>A type as it travels, where a signature mentions it.</summary>
/// <param name="TypeName">The type as C# text: fully qualified with <c>global::</c>, with its nullable annotation.</param>
/// <param name="Key">Names the shape: equal for equal shapes, and valid inside an identifier.</param>
/// <param name="SchemaHash">The hash over everything reachable from it.</param>
internal sealed record ShapeRef(string TypeName, string Key, ulong SchemaHash);
