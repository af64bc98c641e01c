using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// Reads the remote code of a compilation. Binding the attributes and the signatures of a thousand members costs some hundred milliseconds, far too
/// much for a key stroke; and all that it depends on is the text of the declarations, the references and the options. So the result is kept until one of
/// these changes: a key stroke in a body costs a look at the file that it was made in. Kept are values, neither symbols nor a compilation.
/// </summary>
internal sealed class DeclarationParser
{
    private static readonly string[] AttributeNames = ["Remote", "RemoteAttribute", "RemoteStartup", "RemoteStartupAttribute"];

    private static readonly ConditionalWeakTable<MetadataReference, object> References = new();
    private static int _lastReference;

    private Kept? _kept;

    /// <summary>Reads a compilation.</summary>
    /// <param name="compilation">The compilation.</param>
    /// <param name="cancellationToken">Stops.</param>
    public RemoteDeclarations Parse(CSharpCompilation compilation, CancellationToken cancellationToken)
    {
        var trees = new List<TreeDeclarations>();
        ulong hash = OptionsHash(compilation);
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
        {
            TreeDeclarations declarations = TreeDeclarations.Of(tree, cancellationToken);
            hash = StableHash.Combine(hash, declarations.Hash);
            trees.Add(declarations);
        }

        if (Volatile.Read(ref _kept) is { } kept && kept.Hash == hash)
            return kept.Declarations;
        RemoteDeclarations result = Read(compilation, trees, cancellationToken);

        // A report has a place, which any edit moves.
        if (result.Diagnostics.Count == 0)
            Volatile.Write(ref _kept, new Kept(hash, result));
        return result;
    }

    private static ulong OptionsHash(CSharpCompilation compilation)
    {
        ulong hash = StableHash.Of(compilation.AssemblyName ?? "");
        hash = StableHash.Combine(hash, (ulong)compilation.LanguageVersion);
        hash = StableHash.Combine(hash, (ulong)compilation.Options.NullableContextOptions);
        foreach (MetadataReference reference in compilation.References)
            hash = StableHash.Combine(hash, (ulong)(int)References.GetValue(reference, static _ => Interlocked.Increment(ref _lastReference)));
        return hash;
    }

    private static RemoteDeclarations Read(CSharpCompilation compilation, List<TreeDeclarations> trees, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(AttributeNames, StringComparer.Ordinal);
        foreach ((string alias, string target) in trees.SelectMany(static tree => tree.Aliases))
        {
            if (AttributeNames.Contains(target))
                names.Add(alias);
        }

        var classes = new List<RemoteClassModel>();
        var functions = new List<ParsedFunction>();
        var exceptions = new SortedDictionary<string, ExceptionModel>(StringComparer.Ordinal);
        var diagnostics = new List<DiagnosticInfo>();
        var met = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var memo = new ShapeMemo();
        bool isAssemblyMarked = false;
        foreach (TreeDeclarations tree in trees)
        {
            foreach ((SyntaxNode node, string attribute) in tree.Attributed)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!names.Contains(attribute))
                    continue;
                if (node is CompilationUnitSyntax)
                {
                    isAssemblyMarked = true;
                    continue;
                }

                ISymbol? symbol = compilation.GetSemanticModel(node.SyntaxTree).GetDeclaredSymbol(node, cancellationToken);
                if (symbol?.Attribute(RuntimeNames.RemoteAttribute) is not { } remote || !met.Add(symbol))
                    continue;
                if (symbol is IMethodSymbol method)
                    Add(RemoteFunctionParser.Parse(method, remote, compilation, new ProblemSink(), memo), functions);
                else if (symbol is INamedTypeSymbol type)
                    Add(RemoteClassParser.Parse(type, remote, compilation, ((BaseTypeDeclarationSyntax)node).Identifier.GetLocation(), new ProblemSink(), memo), classes);
            }

            foreach (ClassDeclarationSyntax node in tree.Exceptions)
            {
                if (compilation.GetSemanticModel(node.SyntaxTree).GetDeclaredSymbol(node, cancellationToken) is { } type && ExceptionParser.Parse(type, compilation) is { } exception)
                    exceptions[exception.TypeName] = exception;
            }
        }

        StartupModel? startup = null;
        if (isAssemblyMarked)
        {
            foreach (AttributeData attribute in compilation.Assembly.GetAttributes())
            {
                string? name = attribute.AttributeClass is { } type ? (type.IsGenericType ? type.OriginalDefinition : type).ToDisplayString(TypeNames.Stable) : null;
                if (name == RuntimeNames.RemoteStartupAttribute)
                    startup ??= StartupParser.Parse(attribute, compilation, new ProblemSink());
                else if (name == "Runhouse.RemoteAttribute<T>" && attribute.AttributeClass!.TypeArguments[0] is INamedTypeSymbol foreign)
                    Add(RemoteClassParser.Parse(foreign, attribute, compilation, PlaceOf(attribute), new ProblemSink(), memo), classes);
            }
        }

        return new(new(classes), new(functions), new(exceptions.Values), startup, new(diagnostics));

        void Add<T>(Parsed<T> parsed, List<T> models)
            where T : IEquatable<T>
        {
            models.AddRange(parsed.Models);
            diagnostics.AddRange(parsed.Diagnostics);
        }
    }

    private static Location? PlaceOf(AttributeData attribute)
        => attribute.ApplicationSyntaxReference is { } reference ? Location.Create(reference.SyntaxTree, reference.Span) : null;

    private sealed record Kept(ulong Hash, RemoteDeclarations Declarations);
}
