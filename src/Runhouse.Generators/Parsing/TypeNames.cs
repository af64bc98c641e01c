using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>The ways in which types are written: for code, for messages, and for hashes.</summary>
internal static class TypeNames
{
    private const SymbolDisplayMiscellaneousOptions CodeOptions = SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
        | SymbolDisplayMiscellaneousOptions.UseSpecialTypes
        | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier;

    /// <summary>As emitted code writes it: fully qualified, with nullable annotations.</summary>
    public static readonly SymbolDisplayFormat FullyQualified = SymbolDisplayFormat.FullyQualifiedFormat.WithMiscellaneousOptions(CodeOptions);

    /// <summary>As emitted code writes it where annotations do not belong: in <c>typeof</c>, <c>new</c> and casts.</summary>
    public static readonly SymbolDisplayFormat Unannotated = SymbolDisplayFormat.FullyQualifiedFormat.WithMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers | SymbolDisplayMiscellaneousOptions.UseSpecialTypes);

    /// <summary>As messages show it, <c>List&lt;int&gt;</c>.</summary>
    public static readonly SymbolDisplayFormat Plain = SymbolDisplayFormat.MinimallyQualifiedFormat;

    /// <summary>As ids hash it: without assembly, keywords or annotations, so that it is the same wherever the type is seen from.</summary>
    public static readonly SymbolDisplayFormat Stable = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.ExpandNullable | SymbolDisplayMiscellaneousOptions.ExpandValueTuple);

    /// <summary>The type's full name as reflection gives it, for types that are not generic: <c>App.Outer+Inner</c>.</summary>
    /// <param name="type">The type.</param>
    public static string Reflection(INamedTypeSymbol type)
    {
        if (type.IsGenericType)
            return type.ToDisplayString(Stable);
        if (type.ContainingType is { } outer)
            return Reflection(outer) + "+" + type.MetadataName;
        return type.ContainingNamespace is { IsGlobalNamespace: false } space
            ? space.ToDisplayString(Stable) + "." + type.MetadataName
            : type.MetadataName;
    }
}
