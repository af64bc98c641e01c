using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// What has been found out about the types of one compilation that can travel: the same few types stand in most signatures. Types of which there is
/// something to report are not among them: that is said at each mention.
/// </summary>
internal sealed class ShapeMemo
{
    private readonly ConcurrentDictionary<ITypeSymbol, (ShapeRef Shape, EquatableArray<TypeShape> Shapes)> _known = new(SymbolEqualityComparer.IncludeNullability);

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
