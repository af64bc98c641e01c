using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>
/// Plain calls in code that other generators write, as Razor does: generators do not see each other's output, so that nobody redirects them. The
/// only rule that looks at generated code. It looks at files and not at operations: for those the compiler would bind what our own generator wrote.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GeneratedCallAnalyzer : DiagnosticAnalyzer
{
    private static readonly string Own = typeof(RemoteGenerator).FullName;

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
                start.RegisterSemanticModelAction(model => OnFile(model, use));
        });
    }

    private static void OnFile(SemanticModelAnalysisContext context, RemoteUse use)
    {
        SemanticModel model = context.SemanticModel;
        if (!context.IsGeneratedCode || model.SyntaxTree.FilePath.Contains(Own))
            return;
        foreach (SyntaxNode node in model.SyntaxTree.GetRoot(context.CancellationToken).DescendantNodes())
        {
            if (node is not InvocationExpressionSyntax call || model.GetSymbolInfo(call, context.CancellationToken).Symbol is not IMethodSymbol method || !use.IsFunction(method))
                continue;

            // A file that only looks generated is one that our generator has seen.
            if (!use.IsRemoteCode(model.GetEnclosingSymbol(call.SpanStart, context.CancellationToken)) && model.GetInterceptorMethod(call, context.CancellationToken) is null)
            {
                string type = method.ContainingType.Name;
                context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Generated, call.GetLocation(), $"{type}.{method.Name}", $"{type}.Remote"));
            }
        }
    }
}
