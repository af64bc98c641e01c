using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers;

/// <summary>Uses of remote code that do not do what they look like.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CallSiteAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => CallSiteRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RemoteCode.In(start.Compilation) is not { } remote)
                return;
            start.RegisterOperationAction(operation => OnMethodReference(operation, remote), OperationKind.MethodReference);
        });
    }

    private static void OnMethodReference(OperationAnalysisContext context, RemoteCode remote)
    {
        var reference = (IMethodReferenceOperation)context.Operation;
        if (remote.IsRemoteFunction(reference.Method) && reference.Parent is not INameOfOperation)
        {
            string type = reference.Method.ContainingType.Name;
            context.ReportDiagnostic(Diagnostic.Create(
                CallSiteRules.MethodGroup, reference.Syntax.GetLocation(), $"{type}.{reference.Method.Name}", $"{type}.Remote.{reference.Method.Name}"));
        }
    }
}
