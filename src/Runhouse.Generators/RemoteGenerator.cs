using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;
using Runhouse.Generators.Pipeline;

namespace Runhouse.Generators;

/// <summary>Writes proxies, entry points, dispatchers, serializers and contracts for code marked <c>[Remote]</c>. It only wires.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class RemoteGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var info = context.CompilationProvider
            .Select(static (c, _) => new CompilationInfo(c.AssemblyName ?? "", c is CSharpCompilation { LanguageVersion: >= LanguageVersion.CSharp14 }))
            .WithTrackingName(StepNames.Compilation);
        var references = context.CompilationProvider.Select(static (c, _) => ContractReferences.Of(c));

        var ownClasses = context.SyntaxProvider.ForAttributeWithMetadataName(
            RuntimeNames.RemoteAttribute,
            static (node, _) => node is ClassDeclarationSyntax or RecordDeclarationSyntax,
            static (c, _) => RemoteClassParser.Parse((INamedTypeSymbol)c.TargetSymbol, c.Attributes[0], c.SemanticModel.Compilation, Identifier(c.TargetNode), new ProblemSink()));
        var foreignClasses = context.SyntaxProvider.ForAttributeWithMetadataName(
            RuntimeNames.RemoteAttributeOfT,
            static (node, _) => node is CompilationUnitSyntax,
            static (c, _) => Foreign(c));
        var parsedFunctions = context.SyntaxProvider.ForAttributeWithMetadataName(
            RuntimeNames.RemoteAttribute,
            static (node, _) => node is MethodDeclarationSyntax,
            static (c, _) => RemoteFunctionParser.Parse((IMethodSymbol)c.TargetSymbol, c.Attributes[0], c.SemanticModel.Compilation, new ProblemSink()));
        var parsedStartup = context.SyntaxProvider.ForAttributeWithMetadataName(
            RuntimeNames.RemoteStartupAttribute,
            static (node, _) => node is CompilationUnitSyntax,
            static (c, _) => StartupParser.Parse(c.Attributes[0], c.SemanticModel.Compilation, new ProblemSink()));
        var exceptions = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => ExceptionParser.MayBeException(node),
                static (c, t) => c.SemanticModel.GetDeclaredSymbol(c.Node, t) is INamedTypeSymbol type ? ExceptionParser.Parse(type, c.SemanticModel.Compilation) : null)
            .Where(static e => e is not null)
            .Select(static (e, _) => e!)
            .Collect()
            .Select(static (all, _) => new EquatableArray<ExceptionModel>(all.GroupBy(e => e.TypeName, StringComparer.Ordinal).Select(g => g.First()).OrderBy(e => e.TypeName, StringComparer.Ordinal)))
            .WithTrackingName(StepNames.Exceptions);

        var classes = Models(ownClasses).Collect().Combine(Models(foreignClasses).Collect())
            .Select(static (c, _) => new EquatableArray<RemoteClassModel>(c.Left.Concat(c.Right)))
            .WithTrackingName(StepNames.Classes);
        var functions = Models(parsedFunctions).Collect()
            .Select(static (f, _) => new EquatableArray<ParsedFunction>(f))
            .WithTrackingName(StepNames.Functions);
        var allTypes = classes.Combine(functions).Select(static (x, _) => TypeGrouping.Join(x.Left, x.Right));
        var types = allTypes.SelectMany(static (t, _) => t).WithTrackingName(StepNames.Types);
        var startup = Models(parsedStartup).Collect().Select(static (s, _) => s.FirstOrDefault());
        var contract = allTypes.Combine(exceptions).Combine(startup).Combine(references)
            .Select(static (x, _) => new ContractModel(x.Left.Left.Left, x.Left.Left.Right, x.Left.Right, x.Right))
            .WithTrackingName(StepNames.Contract);
        var shapes = classes.Combine(functions).Combine(exceptions)
            .Select(static (x, _) => Distinct(x.Left.Left.SelectMany(c => c.Shapes).Concat(x.Left.Right.SelectMany(f => f.Shapes)).Concat(x.Right.SelectMany(e => e.Shapes))))
            .WithTrackingName(StepNames.Shapes);
        var clashes = allTypes.Select(static (types, _) => TypeGrouping.Clashes(types));

        context.RegisterSourceOutput(types.Select(static (t, _) => t.Class).Where(static c => c is not null).Combine(info), static (c, x) =>
            Add(c, x.Left!.Type.UniqueName + ".Proxy.g.cs", ProxyEmitter.Emit(x.Left, x.Right)));
        context.RegisterSourceOutput(types.Combine(info), static (c, x) =>
            Add(c, x.Left.Type.UniqueName + ".EntryPoints.g.cs", EntryPointEmitter.Emit(x.Left, x.Right)));
        context.RegisterSourceOutput(types.Combine(info), static (c, x) =>
            Add(c, x.Left.Type.UniqueName + ".Dispatcher.g.cs", DispatcherEmitter.Emit(x.Left, x.Right)));
        context.RegisterSourceOutput(shapes.Combine(info), static (c, x) =>
        {
            if (x.Left.Count == 0)
                return;
            SourceWriter source = SourceWriter.Begin();
            new SerializerEmitter(x.Right.ContractNamespace).EmitSerializers(source, x.Left);
            Add(c, "Runhouse-Serializers.g.cs", source.ToString());
        });
        context.RegisterSourceOutput(contract.Combine(info), static (c, x) =>
        {
            if (x.Left.HasContract || x.Left.References.Count > 0)
                Add(c, "Runhouse-Contract.g.cs", ContractEmitter.Emit(x.Left, x.Right));
        });

        CallSitePipeline.Register(context);

        Report(context, Reports(ownClasses));
        Report(context, Reports(foreignClasses));
        Report(context, Reports(parsedFunctions));
        Report(context, clashes.SelectMany(static (d, _) => d));
    }

    private static Parsed<RemoteClassModel> Foreign(GeneratorAttributeSyntaxContext context)
    {
        var models = new List<RemoteClassModel>();
        var diagnostics = new List<DiagnosticInfo>();
        foreach (AttributeData attribute in context.Attributes)
        {
            if (attribute.AttributeClass?.TypeArguments.FirstOrDefault() is not INamedTypeSymbol type)
                continue;
            Location? location = attribute.ApplicationSyntaxReference is { } reference ? Location.Create(reference.SyntaxTree, reference.Span) : null;
            Parsed<RemoteClassModel> parsed = RemoteClassParser.Parse(type, attribute, context.SemanticModel.Compilation, location, new ProblemSink());
            models.AddRange(parsed.Models);
            diagnostics.AddRange(parsed.Diagnostics);
        }

        return new(new(models), new(diagnostics));
    }

    private static Location Identifier(SyntaxNode node) => ((TypeDeclarationSyntax)node).Identifier.GetLocation();

    private static IncrementalValuesProvider<T> Models<T>(IncrementalValuesProvider<Parsed<T>> parsed)
        where T : IEquatable<T>
        => parsed.SelectMany(static (p, _) => p.Models);

    private static IncrementalValuesProvider<DiagnosticInfo> Reports<T>(IncrementalValuesProvider<Parsed<T>> parsed)
        where T : IEquatable<T>
        => parsed.SelectMany(static (p, _) => p.Diagnostics);

    private static void Report(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<DiagnosticInfo> diagnostics)
        => context.RegisterSourceOutput(diagnostics.WithTrackingName(StepNames.Diagnostics), static (c, d) => c.ReportDiagnostic(d.ToDiagnostic()));

    private static EquatableArray<TypeShape> Distinct(IEnumerable<TypeShape> shapes)
        => new(shapes.GroupBy(s => s.Key, StringComparer.Ordinal).Select(g => g.First()).OrderBy(s => s.Key, StringComparer.Ordinal));

    private static void Add(SourceProductionContext context, string hintName, string text)
        => context.AddSource(hintName, SourceText.From(text, Encoding.UTF8));
}
