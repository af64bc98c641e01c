using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Proxies and references that nobody disposes, and streams that nobody reads.</summary>
internal static class Discards
{
    /// <summary>Looks at a statement whose value goes nowhere.</summary>
    public static void OnStatement(OperationAnalysisContext context, RemoteUse use)
    {
        IOperation value = ((IExpressionStatementOperation)context.Operation).Operation;
        if (value is ISimpleAssignmentOperation { Target: IDiscardOperation, Value: { } discarded })
            value = discarded;
        value = RemoteUse.Unwrapped(value);
        if (use.MakesAnonymousProxy(value))
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Proxy, value.Syntax.GetLocation(), "The proxy"));
        else if (use.GetsReference(value) && !use.IsRemoteCode(context.ContainingSymbol))
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Reference, value.Syntax.GetLocation(), "The reference"));
        else if (value is IInvocationOperation call && call.Type.Is("System.Collections.Generic", "IAsyncEnumerable`1") && use.IsCall(call.TargetMethod))
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Stream, value.Syntax.GetLocation(), call.TargetMethod.Name));
    }

    /// <summary>Looks at the arguments of a remote call, which are only lent to it: of a reference made there, nobody is left to dispose it.</summary>
    public static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var call = (IInvocationOperation)context.Operation;
        foreach (IArgumentOperation argument in call.Arguments)
        {
            IOperation value = RemoteUse.Unwrapped(argument.Value);
            if (use.GetsReference(value) && use.IsCall(call.TargetMethod) && !use.IsRemoteCode(context.ContainingSymbol))
                context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Reference, value.Syntax.GetLocation(), "The reference"));
        }
    }

    /// <summary>Looks at a local variable that holds a proxy or a reference: it is disposed, or goes somewhere where it may be.</summary>
    public static void OnDeclarator(OperationAnalysisContext context, RemoteUse use)
    {
        var declarator = (IVariableDeclaratorOperation)context.Operation;
        if (declarator.GetVariableInitializer()?.Value is not { } value || Rule(RemoteUse.Unwrapped(value)) is not { } rule)
            return;
        IOperation root = declarator;
        for (IOperation? at = declarator.Parent; at is not null; at = at.Parent)
        {
            if (at is IUsingDeclarationOperation or IUsingOperation)
                return;
            root = at;
        }

        foreach (IOperation operation in root.Descendants())
        {
            if (operation is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, declarator.Symbol) && !IsOnlyUsed(reference, use))
                return;
        }

        context.ReportDiagnostic(Diagnostic.Create(rule, declarator.Syntax.GetLocation(), $"'{declarator.Symbol.Name}'"));

        DiagnosticDescriptor? Rule(IOperation made) => use.MakesAnonymousProxy(made) ? CallSiteRules.Proxy
            : use.GetsReference(made) && !use.IsRemoteCode(context.ContainingSymbol) ? CallSiteRules.Reference
            : null;
    }

    // Calls of it, and remote calls that are lent it.
    private static bool IsOnlyUsed(ILocalReferenceOperation reference, RemoteUse use)
    {
        IOperation? user = reference.Parent;
        while (user is IConversionOperation { IsImplicit: true })
            user = user.Parent;
        return (user is IInvocationOperation { TargetMethod.Name: not ("DisposeAsync" or "DeleteAsync" or "Dispose") } call && call.Instance is { } instance && RemoteUse.Unwrapped(instance) == reference)
            || user is IPropertyReferenceOperation
            || (user is IArgumentOperation { Parent: IInvocationOperation lent } && use.IsCall(lent.TargetMethod));
    }
}
