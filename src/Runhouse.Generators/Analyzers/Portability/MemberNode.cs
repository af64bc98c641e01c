using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>One member of the compilation: what is suspicious in it and what it reaches. Lambdas and local functions are part of their member.</summary>
/// <param name="symbol">The method, accessor or constructor, or the field or property whose initializer this is.</param>
internal sealed class MemberNode(ISymbol symbol)
{
    private readonly HashSet<ISymbol> _known = new(SymbolEqualityComparer.Default);

    /// <summary>The member.</summary>
    public ISymbol Symbol { get; } = symbol;

    /// <summary>What is suspicious, in the order of the code.</summary>
    public List<Use> Uses { get; } = [];

    /// <summary>The methods of the compilation that it calls or makes delegates of.</summary>
    public List<IMethodSymbol> Calls { get; } = [];

    /// <summary>The types of the compilation whose static initializers it runs.</summary>
    public List<INamedTypeSymbol> Touched { get; } = [];

    /// <summary>The types of the compilation that it names in a way that can make instances: type arguments and <c>typeof</c>.</summary>
    public List<INamedTypeSymbol> Named { get; } = [];

    /// <summary>Notes a call.</summary>
    /// <param name="method">The method.</param>
    public void Call(IMethodSymbol method)
    {
        IMethodSymbol definition = CallGraph.Definition(method);
        if (_known.Add(definition))
            Calls.Add(definition);
    }

    /// <summary>Notes the use of a static member.</summary>
    /// <param name="type">Its type.</param>
    public void Touch(INamedTypeSymbol type)
    {
        if (_known.Add(type.OriginalDefinition))
            Touched.Add(type.OriginalDefinition);
    }

    /// <summary>Notes a type argument.</summary>
    /// <param name="type">The type.</param>
    public void Name(INamedTypeSymbol type) => Named.Add(type.OriginalDefinition);
}
