using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Where remote code begins: remote functions, the public members of remote classes and of their base classes, and the startup.</summary>
internal static class RemoteRoots
{
    /// <summary>Finds them, in the order of the code.</summary>
    /// <param name="remote">What is remote.</param>
    /// <param name="model">The members.</param>
    public static List<IMethodSymbol> Of(RemoteCode remote, PortabilityModel model)
    {
        var roots = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default);
        foreach (MemberNode node in model.Graph.Nodes)
        {
            if (node.Symbol is IMethodSymbol method && remote.IsRemoteMember(method))
                roots.Add(method);
        }

        IEnumerable<INamedTypeSymbol> classes = model.RemoteClasses;
        foreach (AttributeData attribute in model.Assembly.GetAttributes())
        {
            if (attribute.AttributeClass is not { } type)
                continue;
            if (type.IsGenericType && type.Name == "RemoteAttribute" && IsRunhouse(type) && type.TypeArguments[0] is INamedTypeSymbol foreign)
                classes = classes.Append(foreign.OriginalDefinition);
            else if (type.Name == "RemoteStartupAttribute" && IsRunhouse(type) && attribute.ConstructorArguments is [{ Kind: TypedConstantKind.Type, Value: INamedTypeSymbol startup }])
                AddStartup(startup, roots);
        }

        foreach (INamedTypeSymbol type in classes)
        {
            for (INamedTypeSymbol? at = type; at is not null && SymbolEqualityComparer.Default.Equals(at.ContainingAssembly, model.Assembly); at = at.BaseType?.OriginalDefinition)
            {
                foreach (ISymbol member in at.GetMembers())
                {
                    if (member is IMethodSymbol { DeclaredAccessibility: Accessibility.Public, IsStatic: false } method
                        && (method.MethodKind is MethodKind.Ordinary or MethodKind.PropertyGet or MethodKind.PropertySet
                            || (method.MethodKind == MethodKind.Constructor && SymbolEqualityComparer.Default.Equals(at, type))))
                        roots.Add(CallGraph.Definition(method));
                }
            }
        }

        return
        [
            .. roots
                .OrderBy(static root => root.Locations[0].SourceTree?.FilePath, StringComparer.Ordinal)
                .ThenBy(static root => root.Locations[0].SourceSpan.Start)
                .ThenBy(static root => root.MethodKind),
        ];
    }

    // The worker makes the startup and calls it.
    private static void AddStartup(INamedTypeSymbol startup, HashSet<IMethodSymbol> roots)
    {
        foreach (IMethodSymbol constructor in startup.InstanceConstructors)
        {
            if (constructor.Parameters.IsEmpty)
                roots.Add(constructor);
        }

        foreach (IMethodSymbol configure in startup.GetMembers("ConfigureServices").OfType<IMethodSymbol>())
            roots.Add(CallGraph.Definition(configure));
    }

    private static bool IsRunhouse(INamedTypeSymbol type) => type.ContainingNamespace is { Name: "Runhouse", ContainingNamespace.IsGlobalNamespace: true };
}
