using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Pipeline;

/// <summary>
/// Finds the plain calls of remote functions: their names first, then the invocations that have one of these names, and only those are bound.
/// Binding every invocation would cost about a second per keystroke on 14,000 of them; the filter costs about ten milliseconds.
/// </summary>
internal static class CallSitePipeline
{
    private const string Switch = "build_property.RunhouseTransparentCalls";

    /// <summary>Adds the pipeline.</summary>
    /// <param name="context">The generator's context.</param>
    /// <param name="declarations">The remote code of the compilation.</param>
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValueProvider<RemoteDeclarations> declarations)
    {
        var isOn = context.AnalyzerConfigOptionsProvider
            .Select(static (options, _) => !options.GlobalOptions.TryGetValue(Switch, out string? value) || !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase));
        var referencedNames = context.CompilationProvider.Select(static (compilation, _) => ReferencedNames(compilation));
        var names = declarations.Combine(referencedNames).Combine(isOn)
            .Select(static (x, _) => x.Right ? Distinct(x.Left.Left.Functions.Select(static one => one.Member.Name), x.Left.Right) : EquatableArray<string>.Empty)
            .WithTrackingName(StepNames.FunctionNames);

        var invocations = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => CallSiteParser.InvokedName(node) is not null,
                static (candidate, _) => (Invocation: (InvocationExpressionSyntax)candidate.Node, Name: CallSiteParser.InvokedName(candidate.Node)!))
            .Combine(names)
            .Where(static x => x.Right.Contains(x.Left.Name))
            .Select(static (x, _) => x.Left.Invocation)
            .WithTrackingName(StepNames.Invocations);

        var sites = invocations.Collect().Combine(context.CompilationProvider)
            .Select(static (x, cancellationToken) => Bind(x.Left, x.Right, cancellationToken))
            .WithTrackingName(StepNames.CallSites);
        context.RegisterImplementationSourceOutput(sites, static (output, x) =>
        {
            if (x.Count > 0)
                output.AddSource("Runhouse-Interceptors.g.cs", SourceText.From(InterceptorEmitter.Emit(x), Encoding.UTF8));
        });
    }

    private static EquatableArray<CallSite> Bind(ImmutableArray<InvocationExpressionSyntax> invocations, Compilation compilation, CancellationToken cancellationToken)
    {
        var parser = new CallSiteParser(compilation);
        ParallelQuery<IGrouping<SyntaxTree, InvocationExpressionSyntax>> files = invocations
            .Where(one => compilation.ContainsSyntaxTree(one.SyntaxTree))
            .GroupBy(static one => one.SyntaxTree)
            .AsParallel().AsOrdered().WithCancellation(cancellationToken);
        if (!compilation.Options.ConcurrentBuild)
            files = files.WithDegreeOfParallelism(1);
        return new(files
            .Select(file => parser.Parse(file, QuickModels.Of(compilation, file.Key), cancellationToken).ToArray())
            .AsSequential()
            .SelectMany(static sites => sites));
    }

    private static EquatableArray<string> ReferencedNames(Compilation compilation) => new(compilation.SourceModule.ReferencedAssemblySymbols
        .Where(static assembly => assembly.Modules.Any(static module => module.ReferencedAssemblies.Any(static reference => reference.Name == "Runhouse.Protocol")))
        .SelectMany(static assembly => assembly.GetAttributes())
        .Where(static attribute => attribute.AttributeClass?.ToDisplayString() == RuntimeNames.RemoteFunctionsAttributeMetadata && attribute.ConstructorArguments.Length == 2)
        .SelectMany(static attribute => attribute.ConstructorArguments[1].Values)
        .Select(static name => name.Value as string ?? "")
        .Distinct()
        .OrderBy(static name => name, StringComparer.Ordinal));

    private static EquatableArray<string> Distinct(IEnumerable<string> own, IEnumerable<string> referenced)
        => new(own.Concat(referenced).Where(static name => name.Length > 0).Distinct().OrderBy(static name => name, StringComparer.Ordinal));
}
