using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.Contracts;

/// <summary>
/// Compares remote code with what the project's <c>RunhouseContracts.txt</c> says that deployed builds rely on. Without that file it does nothing.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ContractAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "RunhouseContracts.txt";

    /// <summary>The property of a diagnostic with the line to write.</summary>
    public const string Line = nameof(Line);

    /// <summary>The property of a diagnostic with the line that is replaced.</summary>
    public const string Replaced = nameof(Replaced);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ContractRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            AdditionalText? file = start.Options.AdditionalFiles.FirstOrDefault(static one => Path.GetFileName(one.Path) == FileName);
            if (file is null || RemoteCode.In(start.Compilation) is not { } remote || ContractFile.Read(file, start.CancellationToken) is not { } contract)
                return;
            var memo = new ShapeMemo();
            start.RegisterSymbolAction(symbol => OnType(symbol, remote, contract, memo), SymbolKind.NamedType);
            start.RegisterSyntaxNodeAction(unit => OnFile(unit, remote, contract, memo), SyntaxKind.CompilationUnit);
            start.RegisterCompilationEndAction(end => OnEnd(end, contract));
        });
    }

    private static void OnType(SymbolAnalysisContext context, RemoteCode remote, ContractFile contract, ShapeMemo memo)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        var sink = new ProblemSink(static _ => { });
        if (type.TypeKind == TypeKind.Class && remote.AttributeOf(type) is { } attribute)
        {
            foreach (RemoteClassModel model in RemoteClassParser.Parse(type, attribute, context.Compilation, null, sink, memo).Models)
                Compare(ContractFacts.Of(model.Members).Concat(ContractFacts.Of(model.Shapes)), type.Locations[0], contract, context.ReportDiagnostic);
        }

        foreach (IMethodSymbol method in type.GetMembers().OfType<IMethodSymbol>().Where(remote.IsRemoteFunction))
        {
            foreach (ParsedFunction function in RemoteFunctionParser.Parse(method, remote.AttributeOf(method)!, context.Compilation, sink, memo).Models)
                Compare(ContractFacts.Of([function.Member]).Concat(ContractFacts.Of(function.Shapes)), method.Locations[0], contract, context.ReportDiagnostic);
        }
    }

    // Classes of other assemblies that this one makes remote.
    private static void OnFile(SyntaxNodeAnalysisContext context, RemoteCode remote, ContractFile contract, ShapeMemo memo)
    {
        if (!((CompilationUnitSyntax)context.Node).AttributeLists.Any())
            return;
        foreach (AttributeData attribute in context.Compilation.Assembly.GetAttributes())
        {
            if (attribute is not { AttributeClass: { TypeArguments: { Length: 1 } classes } own, ApplicationSyntaxReference: { } reference }
                || reference.SyntaxTree != context.Node.SyntaxTree
                || !remote.IsAttribute(own)
                || classes[0] is not INamedTypeSymbol type)
            {
                continue;
            }

            Location place = Location.Create(reference.SyntaxTree, reference.Span);
            foreach (RemoteClassModel model in RemoteClassParser.Parse(type, attribute, context.Compilation, place, new ProblemSink(static _ => { }), memo).Models)
                Compare(ContractFacts.Of(model.Members).Concat(ContractFacts.Of(model.Shapes)), place, contract, context.ReportDiagnostic);
        }
    }

    private static void Compare(IEnumerable<ContractLine> facts, Location place, ContractFile contract, Action<Diagnostic> report)
    {
        foreach (ContractLine line in facts.Distinct())
        {
            ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty.Add(Line, line.ToString());
            if (contract.Find(line.Key) is not { } known)
            {
                string meaning = line.IsCall ? "" : ", and what they send leaves it at its default, which of a reference is null whatever its annotation says";
                report(Diagnostic.Create(ContractRules.Unrecorded, place, properties, line.Subject, meaning));
            }
            else if (known.Line != line)
            {
                report(Diagnostic.Create(
                    line.IsCall ? ContractRules.Broken : ContractRules.StoredData,
                    place,
                    [known.Place],
                    properties.Add(Replaced, known.Line.ToString()),
                    line.Subject,
                    line.Value,
                    known.Line.Value));
            }
        }
    }

    private static void OnEnd(CompilationAnalysisContext context, ContractFile contract)
    {
        foreach ((string text, Location place) in contract.Unreadable)
            context.ReportDiagnostic(Diagnostic.Create(ContractRules.Unreadable, place, text));
        foreach ((ContractLine line, Location place) in contract.Unseen)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                ContractRules.Gone,
                place,
                line.Subject,
                line.IsCall ? "calls of it by an earlier build fail. Needs a redeploy of both sides" : "no call reaches it any more, or it was removed, and what an earlier build wrote loses it. Breaks stored data"));
        }
    }
}
