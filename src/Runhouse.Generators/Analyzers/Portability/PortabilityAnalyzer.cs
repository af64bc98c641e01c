using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>
/// Code that means something else on another machine, in remote members and in everything that they reach inside the compilation. Each member is walked
/// once, when the compiler has bound it; what remote code reaches is known when all are, so everything is reported at the end of the compilation: by
/// builds always, by an editor where it analyzes the whole solution.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PortabilityAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = PortabilityRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RemoteCode.In(start.Compilation) is not { } remote)
                return;
            var platforms = new TargetPlatforms(start.Options.AnalyzerConfigOptionsProvider.GlobalOptions);
            var model = new PortabilityModel(start.Compilation, platforms, NativeAssets.Read(start.Options.AdditionalFiles, platforms.Rids, start.CancellationToken));
            start.RegisterSymbolAction(symbol => OnType((INamedTypeSymbol)symbol.Symbol, remote, model), SymbolKind.NamedType);
            start.RegisterOperationBlockAction(block => OnBlock(block, model));
            start.RegisterCompilationEndAction(end => OnEnd(end, remote, model));
        });
    }

    private static void OnType(INamedTypeSymbol type, RemoteCode remote, PortabilityModel model)
    {
        if (remote.IsRemoteClass(type))
            model.RemoteClasses.Add(type);
    }

    private static void OnBlock(OperationBlockAnalysisContext context, PortabilityModel model)
    {
        if (context.OwningSymbol is not (IMethodSymbol or IFieldSymbol or IPropertySymbol))
            return;
        MemberNode node = model.Graph.NodeOf(context.OwningSymbol);

        // A member's attributes are a block of their own, which comes at the same time.
        lock (node)
            new BodyWalker(model, node).Walk(context.OperationBlocks);
    }

    private static void OnEnd(CompilationAnalysisContext context, RemoteCode remote, PortabilityModel model)
    {
        List<IMethodSymbol> roots = RemoteRoots.Of(remote, model);
        if (roots.Count > 0)
            new PortabilityReport(model, context.Compilation, context.ReportDiagnostic, context.CancellationToken).Run(roots);
    }
}
