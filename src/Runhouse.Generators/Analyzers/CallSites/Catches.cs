using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Handlers that remote errors never reach.</summary>
internal static class Catches
{
    /// <summary>Looks at a handler of an exception of this project that cannot be built again from what travels.</summary>
    public static void OnCatch(OperationAnalysisContext context, RemoteUse use)
    {
        var handler = (ICatchClauseOperation)context.Operation;
        if (handler.ExceptionType is not INamedTypeSymbol { IsAbstract: false } type
            || !SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, context.Compilation.Assembly)
            || use.IsRemoteCode(context.ContainingSymbol)
            || handler.Parent is not ITryOperation { Body: { } body }
            || !OnlyRemoteCodeThrows(body, use, context.Compilation)
            || ExceptionParser.Parse(type, context.Compilation) is not null)
        {
            return;
        }

        SyntaxNode place = (handler.Syntax as CatchClauseSyntax)?.Declaration?.Type ?? handler.Syntax;
        context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Unreachable, place.GetLocation(), type.Name));
    }

    // Code of this project that runs here may throw it here; so may a delegate.
    private static bool OnlyRemoteCodeThrows(IBlockOperation body, RemoteUse use, Compilation compilation)
    {
        bool calls = false;
        foreach (IOperation operation in body.Descendants())
        {
            switch (operation)
            {
                case IInvocationOperation call when use.IsCall(call.TargetMethod):
                    calls = true;
                    break;
                case IInvocationOperation call when call.TargetMethod.MethodKind == MethodKind.DelegateInvoke || IsHere(call.TargetMethod):
                case IObjectCreationOperation { Constructor: { IsImplicitlyDeclared: false } made } when IsHere(made):
                case IPropertyReferenceOperation { Property: { } property } when IsHere(property) && !use.IsProxy(property.ContainingType):
                case IThrowOperation or IAnonymousFunctionOperation or IDynamicInvocationOperation:
                    return false;
            }
        }

        return calls;

        bool IsHere(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, compilation.Assembly);
    }
}
