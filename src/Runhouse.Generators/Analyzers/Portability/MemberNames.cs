using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Members as messages name them: <c>FineTuner.TrainAsync</c>.</summary>
internal static class MemberNames
{
    /// <summary>The name of a member: its type's and its own; of a constructor only the type's, of an accessor the property's or event's.</summary>
    /// <param name="member">The member.</param>
    public static string Of(ISymbol member)
    {
        // An extension member's own type has no name.
        INamedTypeSymbol? holder = member.ContainingType;
        string type = (holder is { IsExtension: true } ? holder.ExtensionParameter?.Type.Name ?? holder.ContainingType?.Name : holder?.Name) ?? "";
        return member switch
        {
            IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor } => type,
            IPropertySymbol { IsIndexer: true } => type + "[]",
            IMethodSymbol { AssociatedSymbol: { } owner } => Of(owner),
            IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator or MethodKind.Conversion } => type + ".operator " + SyntaxFacts.GetText(SyntaxFacts.GetOperatorKind(member.Name)),
            IMethodSymbol { MethodKind: MethodKind.ExplicitInterfaceImplementation } => type + "." + member.Name.Substring(member.Name.LastIndexOf('.') + 1),
            _ => type + "." + member.Name,
        };
    }
}
