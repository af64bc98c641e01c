using Microsoft.CodeAnalysis;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// What has been found out about types that can travel, while one compilation is read: the same few types stand in most signatures. Only for the
/// generator; an analyzer names each mention.
/// </summary>
internal sealed class ShapeMemo
{
    private readonly Dictionary<ITypeSymbol, (ShapeRef Shape, EquatableArray<TypeShape> Shapes)> _known = new(SymbolEqualityComparer.IncludeNullability);

    /// <summary>What is known of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="known">Its shape, and those that it reaches.</param>
    public bool TryGet(ITypeSymbol type, out (ShapeRef Shape, EquatableArray<TypeShape> Shapes) known) => _known.TryGetValue(type, out known);

    /// <summary>Remembers a type that can travel.</summary>
    /// <param name="type">The type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="shapes">Those that it reaches.</param>
    public void Add(ITypeSymbol type, ShapeRef shape, EquatableArray<TypeShape> shapes) => _known[type] = (shape, shapes);
}
