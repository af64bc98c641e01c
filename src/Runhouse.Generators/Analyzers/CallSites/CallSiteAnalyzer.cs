using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Uses of remote code that do not do what they look like.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CallSiteAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = CallSiteRules.All.Remove(CallSiteRules.Generated);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RemoteCode.In(start.Compilation) is not { } remote)
                return;
            var use = new RemoteUse(remote, start.Options);
            start.RegisterOperationAction(operation => LocalCalls.OnMethodReference(operation, use), OperationKind.MethodReference);
            start.RegisterOperationAction(operation => LocalCalls.OnDynamicInvocation(operation, use), OperationKind.DynamicInvocation);
            start.RegisterOperationAction(operation => LocalCalls.OnCreation(operation, use), OperationKind.ObjectCreation);
            start.RegisterOperationAction(
                operation =>
                {
                    LocalCalls.OnProperty(operation, use);
                    Waiting.OnProperty(operation, use);
                },
                OperationKind.PropertyReference);
            start.RegisterOperationAction(operation => SerialCalls.OnAwait(operation, use), OperationKind.Await);
            start.RegisterOperationAction(operation => Discards.OnStatement(operation, use), OperationKind.ExpressionStatement);
            start.RegisterOperationAction(operation => Discards.OnDeclarator(operation, use), OperationKind.VariableDeclarator);
            start.RegisterOperationAction(operation => Catches.OnCatch(operation, use), OperationKind.CatchClause);
            start.RegisterOperationAction(
                operation =>
                {
                    LocalCalls.OnInvocation(operation, use);
                    Waiting.OnInvocation(operation, use);
                    Fetches.OnInvocation(operation, use);
                    Discards.OnInvocation(operation, use);
                    RepeatedValues.OnInvocation(operation, use);
                    Injections.OnInvocation(operation);
                },
                OperationKind.Invocation);
        });
    }
}
