using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>References whose values cannot be fetched.</summary>
internal static class Fetches
{
    /// <summary>Looks at a call of <c>FetchAsync</c>. Remote code has the value at hand.</summary>
    public static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (invocation.TargetMethod.Name != "FetchAsync" || ShapeCollector.ReferencedType(invocation.TargetMethod.ContainingType) is not { } type || use.IsRemoteCode(context.ContainingSymbol))
            return;
        var shapes = new ShapeCollector(context.Compilation);
        shapes.Add(type, "Value");
        if (shapes.Problems.Count > 0)
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Fetch, invocation.Syntax.GetLocation(), shapes.Problems[0].What));
    }
}
