using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Which members of the compilation a call of a virtual or interface member of the compilation may run.</summary>
internal sealed class Overrides
{
    private static readonly List<(IMethodSymbol Base, MemberNode Member)> None = [];
    private readonly Dictionary<ISymbol, List<(IMethodSymbol Base, MemberNode Member)>> _byType = new(SymbolEqualityComparer.Default);

    /// <summary>Looks at all members.</summary>
    /// <param name="graph">The members.</param>
    /// <param name="assembly">The compilation's assembly.</param>
    public Overrides(CallGraph graph, IAssemblySymbol assembly)
    {
        var types = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        foreach (MemberNode node in graph.Nodes)
        {
            if (node.Symbol is not IMethodSymbol { IsStatic: false } method)
                continue;
            for (IMethodSymbol? at = method.OverriddenMethod; at is not null; at = at.OverriddenMethod)
                Add(method.ContainingType, CallGraph.Definition(at), node);
            if (method.ContainingType is { TypeKind: TypeKind.Class or TypeKind.Struct } type)
                types.Add(type);
        }

        foreach (INamedTypeSymbol type in types)
        {
            foreach (INamedTypeSymbol one in type.AllInterfaces)
            {
                if (!SymbolEqualityComparer.Default.Equals(one.ContainingAssembly, assembly))
                    continue;
                foreach (IMethodSymbol member in one.GetMembers().OfType<IMethodSymbol>())
                {
                    if (type.FindImplementationForInterfaceMember(member) is IMethodSymbol implementation && graph.Find(CallGraph.Definition(implementation)) is { } node)
                        Add(type, CallGraph.Definition(member), node);
                }
            }
        }
    }

    /// <summary>The members that run for an instance of a type instead of those that a call names.</summary>
    /// <param name="type">The type's definition.</param>
    public List<(IMethodSymbol Base, MemberNode Member)> Of(INamedTypeSymbol type) => _byType.TryGetValue(type, out var found) ? found : None;

    private void Add(INamedTypeSymbol type, IMethodSymbol called, MemberNode member)
    {
        if (!_byType.TryGetValue(type.OriginalDefinition, out var all))
            _byType.Add(type.OriginalDefinition, all = []);
        all.Add((called, member));
    }
}
