using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
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
            if (file is null || RemoteCode.In(start.Compilation) is not { } remote)
                return;
            var facts = new ConcurrentDictionary<ContractLine, Location>();
            start.RegisterSymbolAction(symbol => Collect((INamedTypeSymbol)symbol.Symbol, symbol.Compilation, remote, facts), SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end =>
            {
                CollectForeign(end.Compilation, remote, facts);
                Compare(file, facts, end);
            });
        });
    }

    private static void Collect(INamedTypeSymbol type, Compilation compilation, RemoteCode remote, ConcurrentDictionary<ContractLine, Location> facts)
    {
        var sink = new ProblemSink(static _ => { });
        if (type.TypeKind == TypeKind.Class && remote.AttributeOf(type) is { } attribute)
        {
            foreach (RemoteClassModel model in RemoteClassParser.Parse(type, attribute, compilation, null, sink).Models)
                Add(ContractFacts.Of(model.Members).Concat(ContractFacts.Of(model.Shapes)), type.Locations[0]);
        }

        foreach (IMethodSymbol method in type.GetMembers().OfType<IMethodSymbol>().Where(remote.IsRemoteFunction))
        {
            foreach (ParsedFunction function in RemoteFunctionParser.Parse(method, remote.AttributeOf(method)!, compilation, sink).Models)
                Add(ContractFacts.Of([function.Member]).Concat(ContractFacts.Of(function.Shapes)), method.Locations[0]);
        }

        void Add(IEnumerable<ContractLine> lines, Location place) => ContractAnalyzer.Add(facts, lines, place);
    }

    // Classes of other assemblies that this one makes remote.
    private static void CollectForeign(Compilation compilation, RemoteCode remote, ConcurrentDictionary<ContractLine, Location> facts)
    {
        foreach (AttributeData attribute in compilation.Assembly.GetAttributes())
        {
            if (attribute is not { AttributeClass: { TypeArguments: [INamedTypeSymbol type] } own, ApplicationSyntaxReference: { } reference } || !remote.IsAttribute(own))
                continue;
            Location place = Location.Create(reference.SyntaxTree, reference.Span);
            foreach (RemoteClassModel model in RemoteClassParser.Parse(type, attribute, compilation, place, new ProblemSink(static _ => { })).Models)
                Add(facts, ContractFacts.Of(model.Members).Concat(ContractFacts.Of(model.Shapes)), place);
        }
    }

    private static void Add(ConcurrentDictionary<ContractLine, Location> facts, IEnumerable<ContractLine> lines, Location place)
    {
        foreach (ContractLine line in lines)
            facts.AddOrUpdate(line, place, (_, other) => Comes(place, other) ? place : other);
    }

    private static void Compare(AdditionalText file, ConcurrentDictionary<ContractLine, Location> facts, CompilationAnalysisContext context)
    {
        if (file.GetText(context.CancellationToken) is not { } text)
            return;
        var recorded = new Dictionary<string, (ContractLine Line, Location Place)>(StringComparer.Ordinal);
        foreach (TextLine line in text.Lines)
        {
            string written = line.ToString().Trim();
            if (written.Length == 0 || written[0] == '#')
                continue;
            Location place = Location.Create(file.Path, line.Span, text.Lines.GetLinePositionSpan(line.Span));
            if (ContractLine.Read(written) is { } read)
                recorded[read.Key] = (read, place);
            else
                context.ReportDiagnostic(Diagnostic.Create(ContractRules.Unreadable, place, written));
        }

        foreach (KeyValuePair<ContractLine, Location> fact in facts)
        {
            ContractLine line = fact.Key;
            ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty.Add(Line, line.ToString());
            if (!recorded.TryGetValue(line.Key, out var known))
            {
                context.ReportDiagnostic(Diagnostic.Create(ContractRules.Unrecorded, fact.Value, properties, line.Subject));
            }
            else if (known.Line != line)
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    line.IsCall ? ContractRules.Broken : ContractRules.StoredData,
                    fact.Value,
                    [known.Place],
                    properties.Add(Replaced, known.Line.ToString()),
                    line.Subject,
                    $"is {line.Value} and was {known.Line.Value}",
                    "writing the new line into RunhouseContracts.txt"));
            }

            recorded.Remove(line.Key);
        }

        foreach ((ContractLine line, Location place) in recorded.Values)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                line.IsCall ? ContractRules.Broken : ContractRules.StoredData, place, line.Subject, "is gone", "taking its line out of RunhouseContracts.txt"));
        }
    }

    // The same place in every build, whichever of several members is seen first.
    private static bool Comes(Location one, Location other)
    {
        int order = string.CompareOrdinal(one.SourceTree?.FilePath, other.SourceTree?.FilePath);
        return order < 0 || (order == 0 && one.SourceSpan.Start < other.SourceSpan.Start);
    }
}
