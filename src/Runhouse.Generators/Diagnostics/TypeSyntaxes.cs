using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Where the source writes down the type of a parameter, a result, a property or a field.</summary>
internal static class TypeSyntaxes
{
    /// <summary>The place of the type; that of the name where the type is not written, null in metadata.</summary>
    /// <param name="symbol">A parameter, a method, a property or a field.</param>
    public static Location? Of(ISymbol symbol) => symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
    {
        ParameterSyntax { Type: { } type } => type.GetLocation(),
        MethodDeclarationSyntax method => method.ReturnType.GetLocation(),
        PropertyDeclarationSyntax property => property.Type.GetLocation(),
        _ => symbol.Locations.FirstOrDefault(static one => one.IsInSource),
    };
}
