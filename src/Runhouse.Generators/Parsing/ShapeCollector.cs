using Microsoft.CodeAnalysis;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Collects the shapes of the types that a remote type's signatures reach.</summary>
internal sealed class ShapeCollector(Compilation compilation)
{
    private readonly List<ShapeProblem> _problems = [];
    private readonly SortedDictionary<string, TypeShape> _shapes = new(StringComparer.Ordinal);

    /// <summary>The compilation whose types are looked at.</summary>
    public Compilation Compilation { get; } = compilation;

    /// <summary>The shapes met so far that need a serializer, in ordinal order of their keys.</summary>
    public EquatableArray<TypeShape> Shapes => new(_shapes.Values);

    /// <summary>What cannot travel, in the order in which it was met.</summary>
    public EquatableArray<ShapeProblem> Problems => new(_problems);

    /// <summary>Adds a type and everything reachable from it.</summary>
    /// <param name="type">The type.</param>
    /// <param name="path">Where it is mentioned, for messages.</param>
    public ShapeRef Add(ITypeSymbol type, string path)
    {
        string name = type.ToDisplayString(TypeNames.FullyQualified);
        string key = type.SpecialType switch
        {
            SpecialType.System_Int32 => "Int32",
            SpecialType.System_Double => "Double",
            SpecialType.System_Boolean => "Boolean",
            SpecialType.System_String => type.NullableAnnotation == NullableAnnotation.Annotated ? "NullableString" : "String",
            _ => "",
        };
        if (key.Length == 0)
            _problems.Add(new ShapeProblem(path, type.ToDisplayString(TypeNames.Plain), "it has no serializer yet"));
        return new ShapeRef(name, key, StableHash.Of(key));
    }
}
