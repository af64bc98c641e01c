using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers;

/// <summary>What is remote in a compilation. Made once per compilation, by every analyzer's start action.</summary>
internal sealed class RemoteCode
{
    private readonly INamedTypeSymbol _attribute;

    private RemoteCode(Compilation compilation, INamedTypeSymbol attribute)
    {
        Compilation = compilation;
        _attribute = attribute;
    }

    /// <summary>The compilation.</summary>
    public Compilation Compilation { get; }

    /// <summary>Looks at a compilation; null when it does not use Runhouse, and no analyzer has anything to do.</summary>
    /// <param name="compilation">The compilation.</param>
    public static RemoteCode? In(Compilation compilation)
        => compilation.GetTypeByMetadataName(RuntimeNames.RemoteAttribute) is { } attribute ? new(compilation, attribute) : null;

    /// <summary>Whether an attribute is <c>[Remote]</c> or <c>[assembly: Remote&lt;T&gt;]</c>.</summary>
    /// <param name="type">The attribute's class.</param>
    public bool IsAttribute(INamedTypeSymbol type)
        => SymbolEqualityComparer.Default.Equals(type, _attribute) || SymbolEqualityComparer.Default.Equals(type.BaseType, _attribute);

    /// <summary>The <c>[Remote]</c> of a class or a function; null when it has none.</summary>
    /// <param name="symbol">The symbol.</param>
    public AttributeData? AttributeOf(ISymbol symbol)
        => symbol.GetAttributes().FirstOrDefault(one => SymbolEqualityComparer.Default.Equals(one.AttributeClass, _attribute));

    /// <summary>Whether a class is remote.</summary>
    /// <param name="type">The class.</param>
    public bool IsRemoteClass(INamedTypeSymbol type) => type.TypeKind == TypeKind.Class && AttributeOf(type.OriginalDefinition) is not null;

    /// <summary>Whether <c>[assembly: Remote&lt;T&gt;]</c> makes a class remote.</summary>
    /// <param name="type">The class.</param>
    public bool IsMadeRemote(INamedTypeSymbol type) => Compilation.Assembly.GetAttributes()
        .Any(one => one.AttributeClass is { IsGenericType: true } attribute && IsAttribute(attribute) && SymbolEqualityComparer.Default.Equals(attribute.TypeArguments[0], type));

    /// <summary>Whether a method is a remote function.</summary>
    /// <param name="method">The method.</param>
    public bool IsRemoteFunction(IMethodSymbol method) => method is { IsStatic: true, MethodKind: MethodKind.Ordinary, ContainingType.IsExtension: false } && AttributeOf(method) is not null;

    /// <summary>Whether callers reach a method remotely: a remote function, or a public constructor, method or accessor of a remote class.</summary>
    /// <param name="method">The method.</param>
    public bool IsRemoteMember(IMethodSymbol method) => method.IsStatic
        ? IsRemoteFunction(method)
        : method is { DeclaredAccessibility: Accessibility.Public, MethodKind: MethodKind.Ordinary or MethodKind.Constructor or MethodKind.PropertyGet or MethodKind.PropertySet }
            && IsRemoteClass(method.ContainingType);
}
