using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Shape;

/// <summary>
/// Uses of an entry point through a derived class: extension members are found for derived classes too, so that <c>Derived.RemoteAsync()</c> may make
/// an object of the base class.
/// </summary>
internal static class EntryPointUse
{
    /// <summary>Looks at <c>X.Remote</c>.</summary>
    /// <param name="context">The context.</param>
    public static void OnProperty(OperationAnalysisContext context)
    {
        var reference = (IPropertyReferenceOperation)context.Operation;
        if (reference.Property is { Name: "Remote", IsStatic: true })
            Check(context, reference.Property, reference.Syntax);
    }

    /// <summary>Looks at <c>X.RemoteAsync(...)</c>.</summary>
    /// <param name="context">The context.</param>
    public static void OnInvocation(OperationAnalysisContext context)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (invocation.TargetMethod is { Name: "RemoteAsync", IsStatic: true } && invocation.Syntax is InvocationExpressionSyntax syntax)
            Check(context, invocation.TargetMethod, syntax.Expression);
    }

    private static void Check(OperationAnalysisContext context, ISymbol member, SyntaxNode syntax)
    {
        if (member.ContainingType is not { IsExtension: true, ExtensionParameter.Type: { } extended }
            || !member.ContainingType.ContainingType.Name.EndsWith("RemoteExtensions", StringComparison.Ordinal)
            || syntax is not MemberAccessExpressionSyntax access
            || context.Operation.SemanticModel?.GetSymbolInfo(access.Expression, context.CancellationToken).Symbol is not INamedTypeSymbol receiver
            || SymbolEqualityComparer.Default.Equals(receiver, extended))
        {
            return;
        }

        context.ReportDiagnostic(Diagnostic.Create(
            ShapeRules.InheritedEntryPoint, access.GetLocation(), $"{receiver.Name}.{member.Name}", extended.Name, receiver.Name));
    }
}
