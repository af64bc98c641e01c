using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Parsing;

/// <summary>Tells a parameter that is meant to be injected, and lacks <c>[FromServices]</c>, from one that is data.</summary>
internal static class ServiceTypes
{
    /// <summary>Whether a parameter that cannot travel is a service: of a constructor or a remote function, and of a type that is not data at all.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="problems">Why it cannot travel.</param>
    public static bool IsMeant(IParameterSymbol parameter, IReadOnlyList<ShapeProblem> problems)
    {
        if (parameter.ContainingSymbol is not IMethodSymbol method || (method.MethodKind != MethodKind.Constructor && !method.IsStatic))
            return false;

        // What a function takes that the application itself declares is data before it is anything else: its own problem says more.
        if (method.MethodKind != MethodKind.Constructor && parameter.Type is { TypeKind: TypeKind.Class } own && own.Locations.Any(static one => one.IsInSource))
            return false;
        ShapeProblem first = problems[0];
        if (SymbolEqualityComparer.Default.Equals(first.Type, parameter.Type))
            return (first.Rule.Id == SerializableRules.Abstract.Id && (parameter.Type.TypeKind == TypeKind.Interface || IsService(parameter.Type)))
                || ((first.Rule.Id == SerializableRules.NoConstructor.Id || first.Rule.Id == SerializableRules.LostMember.Id) && IsService(parameter.Type));

        // A client or a context can be made, but what is in it cannot travel.
        return first.Rule.Id != SerializableRules.UnknownType.Id && IsService(parameter.Type);
    }

    private static bool IsService(ITypeSymbol type)
        => type.AllInterfaces.Any(static one => one.SpecialType == SpecialType.System_IDisposable || one.Is("System", "IAsyncDisposable"))
            || type.ContainingNamespace?.ToDisplayString().StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) == true
            || type.AllInterfaces.Any(static one => one.ContainingNamespace?.ToDisplayString().StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) == true);
}
