using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>
/// Plain calls in code that other generators write, as Razor does: generators do not see each other's output, so that nobody redirects them. The
/// only rule that looks at generated code.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GeneratedCallAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [CallSiteRules.Generated];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RemoteCode.In(start.Compilation) is not { } remote)
                return;
            var use = new RemoteUse(remote, start.Options);
            if (use.PlainCallsAreRemote)
                start.RegisterOperationAction(operation => OnInvocation(operation, use), OperationKind.Invocation);
        });
    }

    private static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (!context.IsGeneratedCode || !use.IsFunction(invocation.TargetMethod) || use.IsRemoteCode(context.ContainingSymbol) || invocation.Syntax is not InvocationExpressionSyntax syntax)
            return;

        // A file that only looks generated is one that our generator has seen.
        if (invocation.SemanticModel?.GetInterceptorMethod(syntax, context.CancellationToken) is null)
        {
            string type = invocation.TargetMethod.ContainingType.Name;
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Generated, syntax.GetLocation(), $"{type}.{invocation.TargetMethod.Name}", $"{type}.Remote"));
        }
    }
}
