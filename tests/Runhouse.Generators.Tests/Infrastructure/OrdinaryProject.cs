using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Runhouse.Generators.Tests.Infrastructure;

/// <summary>
/// A folder of source files, compiled as a user's project is: C# 14, nullable, implicit usings, with our generator and those of the framework. Every
/// analyzer of ours runs over it, so that a new one is part of the tests that use this class from its first day.
/// </summary>
internal sealed class OrdinaryProject
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Runhouse;
        """;

    private static readonly CSharpParseOptions ParseOptions = new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.Parse)
        .WithFeatures([new("InterceptorsNamespaces", "Runhouse.Generated"), new("FileBasedProgram", "true")]);

    private readonly Compilation _compilation;
    private readonly ImmutableArray<Diagnostic> _generatorDiagnostics;

    private OrdinaryProject(string name, IEnumerable<string> files, OutputKind kind)
    {
        Files = [.. files.Order(StringComparer.Ordinal)];
        var compilation = CSharpCompilation.Create(
            name,
            Files.Select(Parse).Append(CSharpSyntaxTree.ParseText(ImplicitUsings, ParseOptions, "/src/Usings.cs", System.Text.Encoding.UTF8)),
            TestReferences.All,
            new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new RemoteGenerator().AsSourceGenerator(), .. FrameworkGenerators()], parseOptions: ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out _compilation, out _, TestContext.Current.CancellationToken);
        _generatorDiagnostics = driver.GetRunResult().Diagnostics;
    }

    /// <summary>The files' paths.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The lines that hold code: neither blank nor only a comment.</summary>
    public int CodeLines => Files.Sum(file => Parse(file).GetRoot().DescendantTokens()
        .Where(static token => !token.Span.IsEmpty)
        .SelectMany(static token => Lines(token.GetLocation().GetLineSpan()))
        .Distinct().Count());

    /// <summary>What does not compile.</summary>
    public IReadOnlyList<string> Errors
        => [.. _compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(static one => one.Severity == DiagnosticSeverity.Error).Select(Describe)];

    /// <summary>A project of every C# file in a folder and the folders in it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="kind">A library, or a program with top-level statements.</param>
    public static OrdinaryProject Of(string folder, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
        => new(Path.GetFileName(folder), Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(file => !IsBuildOutput(folder, file)), kind);

    /// <summary>What our rules say of it, as lines of text: every warning and error, and each advice that its line does not announce by
    /// <c>// advice: RHnnnn</c> at its end.</summary>
    public async Task<IReadOnlyList<string>> FindingsAsync()
    {
        ImmutableArray<DiagnosticAnalyzer> analyzers =
        [
            .. typeof(RemoteGenerator).Assembly.GetTypes()
                .Where(static type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !type.IsAbstract)
                .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
        ];
        Assert.NotEmpty(analyzers);
        var crashes = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            (exception, analyzer, _) => crashes.Enqueue($"{analyzer.GetType().Name} failed: {exception}"),
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false,
            reportSuppressedDiagnostics: false);
        ImmutableArray<Diagnostic> reported = await _compilation.WithAnalyzers(analyzers, options).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        return
        [
            .. crashes,
            .. reported.Concat(_generatorDiagnostics)
                .Where(static one => one.Severity >= DiagnosticSeverity.Warning || (one.Severity == DiagnosticSeverity.Info && !IsAnnounced(one)))
                .Select(Describe),
        ];
    }

    private static SyntaxTree Parse(string file)
        => CSharpSyntaxTree.ParseText(SourceText.From(File.ReadAllText(file), System.Text.Encoding.UTF8), ParseOptions, file);

    private static bool IsBuildOutput(string folder, string file)
        => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar) is [.. var folders, _] && (folders.Contains("obj") || folders.Contains("bin"));

    private static IEnumerable<int> Lines(FileLinePositionSpan span)
        => Enumerable.Range(span.StartLinePosition.Line, span.EndLinePosition.Line - span.StartLinePosition.Line + 1);

    private static bool IsAnnounced(Diagnostic advice)
        => Line(advice) is { } line && line.TrimEnd().EndsWith("// advice: " + advice.Id, StringComparison.Ordinal);

    private static string Describe(Diagnostic diagnostic) => $"{diagnostic}\n    {Line(diagnostic)?.Trim()}";

    // The generator's diagnostics hold a path and no tree.
    private static string? Line(Diagnostic diagnostic)
    {
        FileLinePositionSpan span = diagnostic.Location.GetLineSpan();
        int number = span.StartLinePosition.Line;
        SourceText? text = diagnostic.Location.SourceTree?.GetText() ?? (File.Exists(span.Path) ? SourceText.From(File.ReadAllText(span.Path)) : null);
        return text is null || number >= text.Lines.Count ? null : text.Lines[number].ToString();
    }

    /// <summary>The generators behind [GeneratedRegex], [LoggerMessage] and [JsonSerializable], from the reference packs of the SDK that runs this test.</summary>
    private static IEnumerable<ISourceGenerator> FrameworkGenerators()
    {
        string packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../packs"));
        foreach (string pack in (string[])["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"])
        {
            string version = Directory.EnumerateDirectories(Path.Combine(packs, pack)).MaxBy(static folder => Version.Parse(Path.GetFileName(folder).Split('-')[0]))!;
            foreach (string name in (string[])["System.Text.RegularExpressions.Generator", "System.Text.Json.SourceGeneration", "Microsoft.Extensions.Logging.Generators"])
            {
                string file = Path.Combine(version, "analyzers/dotnet/cs", name + ".dll");
                if (!File.Exists(file))
                    continue;
                var reference = new AnalyzerFileReference(file, GeneratorLoader.Instance);
                foreach (ISourceGenerator generator in reference.GetGenerators(LanguageNames.CSharp))
                    yield return generator;
            }
        }
    }

    private sealed class GeneratorLoader : IAnalyzerAssemblyLoader
    {
        public static GeneratorLoader Instance { get; } = new();

        public void AddDependencyLocation(string fullPath)
        {
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => AssemblyLoadContext.Default.LoadFromAssemblyPath(fullPath);
    }
}
