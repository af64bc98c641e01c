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

        var parser = new DeclarationParser();
        var declarations = context.CompilationProvider
            .Select((c, t) => parser.Parse((CSharpCompilation)c, t))
            .WithTrackingName(StepNames.Declarations);
        var allTypes = declarations.Select(static (d, _) => TypeGrouping.Join(d.Classes, d.Functions));
        var types = allTypes.SelectMany(static (t, _) => t).WithTrackingName(StepNames.Types);
        var contract = allTypes.Combine(declarations).Combine(references)
            .Select(static (x, _) => new ContractModel(x.Left.Left, x.Left.Right.Exceptions, x.Left.Right.Startup, x.Right))
            .WithTrackingName(StepNames.Contract);
        var shapes = declarations
            .Select(static (d, _) => Distinct(d.Classes.SelectMany(c => c.Shapes).Concat(d.Functions.SelectMany(f => f.Shapes)).Concat(d.Exceptions.SelectMany(e => e.Shapes))))
            .WithTrackingName(StepNames.Shapes);

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

        var providers = context.CompilationProvider.Select(static (c, _) => ProviderReferences.Of(c)).WithTrackingName(StepNames.Providers);
        context.RegisterSourceOutput(providers.Combine(info), static (c, x) =>
        {
            if (x.Left.Count > 0)
                Add(c, "Runhouse-Providers.g.cs", ProviderEmitter.Emit(x.Left, x.Right));
        });

        CallSitePipeline.Register(context, declarations);

        context.RegisterSourceOutput(
            declarations.SelectMany(static (d, _) => d.Diagnostics).WithTrackingName(StepNames.Diagnostics), static (c, d) => c.ReportDiagnostic(d.ToDiagnostic()));
        context.RegisterSourceOutput(
            allTypes.SelectMany(static (types, _) => TypeGrouping.Clashes(types)), static (c, d) => c.ReportDiagnostic(d.ToDiagnostic()));
    }

    private static EquatableArray<TypeShape> Distinct(IEnumerable<TypeShape> shapes)
        => new(shapes.GroupBy(s => s.Key, StringComparer.Ordinal).Select(g => g.First()).OrderBy(s => s.Key, StringComparer.Ordinal));

    private static void Add(SourceProductionContext context, string hintName, string text)
        => context.AddSource(hintName, SourceText.From(text, Encoding.UTF8));
}
