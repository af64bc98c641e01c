using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Benchmarks;
using Runhouse.Generators;
using Runhouse.Generators.Benchmarks;

// What the generator and the analyzers cost: per key stroke, and beside the compiler in a clean build.
int rounds = args.Contains("--quick") ? 3 : 9;
CSharpParseOptions parse = new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.None).WithFeatures([new("InterceptorsNamespaces", "Runhouse.Generated")]);
MetadataReference[] references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path))];
ImmutableArray<DiagnosticAnalyzer> analyzers = [.. typeof(RemoteGenerator).Assembly.GetTypes()
    .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type)).Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];
var compile = new List<double>();
var generate = new List<double>();
var whole = new List<double>();
var analyze = new List<double>();
var related = new List<double>();
var unrelated = new List<double>();
for (int round = -1; round < rounds; round++)
{
    // Each round parses anew, so that nothing is cached by the compiler; the first only warms up.
    bool counts = round >= 0;
    Keep(compile, counts, Milliseconds(() => Emit(NewCompilation())));
    CSharpCompilation input = NewCompilation();
    GeneratorDriver driver = CSharpGeneratorDriver.Create([new RemoteGenerator().AsSourceGenerator()], parseOptions: parse);
    Compilation output = input;
    Keep(generate, counts, Milliseconds(() => driver = driver.RunGeneratorsAndUpdateCompilation(input, out output, out _)));
    Keep(whole, counts, Milliseconds(() => Emit(output)) + generate.DefaultIfEmpty().Last());
    Keep(analyze, counts, Milliseconds(() =>
    {
        ImmutableArray<Diagnostic> reported = output.WithAnalyzers(analyzers).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        if (reported.Any(static one => one.Severity >= DiagnosticSeverity.Warning))
            throw new InvalidOperationException(reported.First(static one => one.Severity >= DiagnosticSeverity.Warning).ToString());
    }));

    // An editor leaves out what only an emitted assembly needs.
    GeneratorDriver editor = CSharpGeneratorDriver.Create(
        [new RemoteGenerator().AsSourceGenerator()], parseOptions: parse, driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.Implementation)).RunGenerators(input);
    for (int stroke = 0; stroke < 10; stroke++)
    {
        input = Typed(input, "/src/Usings.cs", $"\n// {round} {stroke}");
        CSharpCompilation typed = input;
        Keep(unrelated, counts, Milliseconds(() => editor = editor.RunGenerators(typed)));
        input = Typed(input, "/src/Caller7.cs", $"\n// {round} {stroke}");
        typed = input;
        Keep(related, counts, Milliseconds(() => editor = editor.RunGenerators(typed)));
    }
}

List<Row> rows =
[
    Row.Of("generators", "1,000 methods, clean", "raw", "compile without", "ms", compile),
    Row.Of("generators", "1,000 methods, clean", "runhouse", "generator", "ms", generate),
    Row.Of("generators", "1,000 methods, clean", "runhouse", "generator and compile", "ms", whole),
    Row.Of("generators", "1,000 methods, clean", "runhouse", "analyzers", "ms", analyze),
    Row.Of("generators", "key stroke", "runhouse", "in an unrelated file", "ms", unrelated),
    Row.Of("generators", "key stroke", "runhouse", "in a calling file", "ms", related),
];
Report.Print(rows);
int json = Array.IndexOf(args, "--json");
if (json >= 0)
    Report.Write(args[json + 1], rows);

CSharpCompilation NewCompilation() => CSharpCompilation.Create(
    "App",
    Sources.All().Select(file => CSharpSyntaxTree.ParseText(file.Text, parse, file.Path, System.Text.Encoding.UTF8)),
    references,
    new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

CSharpCompilation Typed(CSharpCompilation compilation, string path, string text)
{
    SyntaxTree tree = compilation.SyntaxTrees.First(one => one.FilePath == path);
    return compilation.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(tree.GetText() + text, parse, path, System.Text.Encoding.UTF8));
}

static void Emit(Compilation compilation)
{
    Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(Stream.Null);
    if (!result.Success)
        throw new InvalidOperationException(result.Diagnostics.First(static one => one.Severity == DiagnosticSeverity.Error).ToString());
}

static double Milliseconds(Action action)
{
    long begin = Stopwatch.GetTimestamp();
    action();
    return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
}

static void Keep(List<double> values, bool counts, double value)
{
    if (counts)
        values.Add(value);
}
