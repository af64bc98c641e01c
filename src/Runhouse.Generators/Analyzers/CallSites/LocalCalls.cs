using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Code that looks like a remote call, or like a remote object, and is local.</summary>
internal static class LocalCalls
{
    /// <summary>Looks at a delegate of a method.</summary>
    public static void OnMethodReference(OperationAnalysisContext context, RemoteUse use)
    {
        var reference = (IMethodReferenceOperation)context.Operation;
        if (use.IsFunction(reference.Method) && reference.Parent is not INameOfOperation)
        {
            string type = reference.Method.ContainingType.Name;
            context.ReportDiagnostic(Diagnostic.Create(
                CallSiteRules.MethodGroup, reference.Syntax.GetLocation(), $"{type}.{reference.Method.Name}", $"{type}.Remote.{reference.Method.Name}"));
        }
    }

    /// <summary>Looks at a call whose method is chosen at run time.</summary>
    public static void OnDynamicInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IDynamicInvocationOperation)context.Operation;
        if (invocation.Operation is not IDynamicMemberReferenceOperation { ContainingType: INamedTypeSymbol type, MemberName: { } name } || use.IsRemoteCode(context.ContainingSymbol))
            return;
        if (type.GetMembers(name).OfType<IMethodSymbol>().Any(use.IsFunction))
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Dynamic, invocation.Syntax.GetLocation(), $"{type.Name}.{name}"));
    }

    /// <summary>Looks at a call in an expression tree.</summary>
    public static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (!use.IsFunction(invocation.TargetMethod) || use.IsRemoteCode(context.ContainingSymbol))
            return;
        for (IOperation? at = invocation.Parent; at is not null; at = at.Parent)
        {
            if (at is IConversionOperation or IDelegateCreationOperation && at.Type.Is("System.Linq.Expressions", "Expression`1"))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    CallSiteRules.ExpressionTree, invocation.Syntax.GetLocation(), $"{invocation.TargetMethod.ContainingType.Name}.{invocation.TargetMethod.Name}"));
                return;
            }
        }
    }

    /// <summary>Looks at <c>new</c>.</summary>
    public static void OnCreation(OperationAnalysisContext context, RemoteUse use)
    {
        var creation = (IObjectCreationOperation)context.Operation;
        if (creation.Type is not INamedTypeSymbol type || !use.IsRemoteClass(type) || use.IsRemoteCode(context.ContainingSymbol))
            return;

        // Made for a base class, or where a container asks for one: whoever writes that knows what is made.
        if (creation.Parent is IConversionOperation { Type: { } target } && !SymbolEqualityComparer.Default.Equals(target, type))
            return;
        for (IOperation? at = creation.Parent; at is not null; at = at.Parent)
        {
            if (at is IAnonymousFunctionOperation)
                return;
        }

        context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Local, creation.Syntax.GetLocation(), type.Name));
    }
}
