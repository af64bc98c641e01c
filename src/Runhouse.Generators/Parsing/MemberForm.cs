using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// Whether a method has a remote form at all, whatever its types hold. It looks at the signature only, so that every call site can ask; a method
/// without one is absent from the generated code.
/// </summary>
internal static class MemberForm
{
    /// <summary>The rule that a method breaks; null when it has a remote form.</summary>
    /// <param name="method">The method.</param>
    public static DiagnosticDescriptor? Problem(IMethodSymbol method)
    {
        if (method.IsGenericMethod)
            return ShapeRules.OpenGeneric;
        ReturnKind returns = KnownTypes.Classify(method.ReturnType, out ITypeSymbol? value);
        if (method.ReturnsByRef || method.ReturnsByRefReadonly || IsAsyncKind(value) || (returns == ReturnKind.Value && IsOpaque(method.ReturnType)))
            return ShapeRules.NestedAsync;
        if (method is { IsAsync: true, ReturnsVoid: true })
            return ShapeRules.AsyncVoid;
        if (method.Parameters.Any(IsByReference))
            return ShapeRules.ByReference;
        return method.Parameters.Count(static parameter => parameter.Type.IsToken()) > 1 ? ShapeRules.SeveralTokens : null;
    }

    /// <summary>Whether a parameter is a place in the memory of the caller.</summary>
    /// <param name="parameter">The parameter.</param>
    public static bool IsByReference(IParameterSymbol parameter) => parameter.RefKind != RefKind.None || IsOpaque(parameter.Type);

    private static bool IsAsyncKind(ITypeSymbol? value) => value is not null && value.SpecialType != SpecialType.System_Void
        && KnownTypes.Classify(value, out _) != ReturnKind.Value;

    private static bool IsOpaque(ITypeSymbol value) => value.IsRefLikeType || value.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer;
}
