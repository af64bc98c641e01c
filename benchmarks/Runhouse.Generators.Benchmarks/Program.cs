using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Benchmarks;
using Runhouse.Generators;
using Runhouse.Generators.Benchmarks;

// What the generator and the analyzers cost: per key stroke, and beside the compiler in a clean build, against peers' generators.
int rounds = args.Contains("--quick") ? 3 : 9;
ImmutableArray<DiagnosticAnalyzer> analyzers = [.. typeof(RemoteGenerator).Assembly.GetTypes()
    .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type)).Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];
Subject runhouse = Subject.Runhouse;
Subject[] subjects = [runhouse, .. Subject.Peers];
var look = new List<double>();
var analyze = new List<double>();
var declared = new List<double>();
var related = new List<double>();
var unrelated = new List<double>();
for (int round = -1; round < rounds; round++)
{
    // Each round parses anew, so that nothing is cached by the compiler; the first only warms up.
    bool counts = round >= 0;
    foreach (Subject subject in subjects)
    {
        Keep(subject.Compile, counts, Milliseconds(() => Emit(subject.NewCompilation())));
        CSharpCompilation fresh = subject.NewCompilation();
        GeneratorDriver driver = subject.NewDriver();
        Compilation output = fresh;
        double generated = Milliseconds(() => driver = driver.RunGeneratorsAndUpdateCompilation(fresh, out output, out _));
        Keep(subject.Generate, counts, generated);
        Keep(subject.Whole, counts, Milliseconds(() => Emit(output)) + generated);
        if (subject != runhouse)
            continue;

        // Any analyzer of operations makes the compiler bind everything once more, and the SDK's own are on in every build.
        Keep(look, counts, Milliseconds(() => Analyze(output.Clone(), [new LookingAnalyzer()])));
        Keep(analyze, counts, Milliseconds(() => Analyze(output.Clone(), [new LookingAnalyzer(), .. analyzers])));
    }

    // An editor leaves out what only an emitted assembly needs.
    CSharpCompilation input = runhouse.NewCompilation();
    GeneratorDriver editor = runhouse.NewDriver(new GeneratorDriverOptions(IncrementalGeneratorOutputKind.Implementation)).RunGenerators(input);
    for (int stroke = 0; stroke < 10; stroke++)
    {
        input = Typed(input, "/src/Usings.cs", $"\n// {round} {stroke}");
        CSharpCompilation typed = input;
        Keep(unrelated, counts, Milliseconds(() => editor = editor.RunGenerators(typed)));
        input = Typed(input, "/src/Caller7.cs", $"\n// {round} {stroke}");
        typed = input;
        Keep(related, counts, Milliseconds(() => editor = editor.RunGenerators(typed)));
        input = Typed(input, "/src/Caller8.cs", $"\nclass Declared{round + 1}x{stroke};");
        typed = input;
        Keep(declared, counts, Milliseconds(() => editor = editor.RunGenerators(typed)));
    }
}

// The compiler's server is warm after the first builds, as on a machine where one works.
ProjectBuild[] builds = [.. subjects.Select(static subject => new ProjectBuild(subject))];
for (int round = -2; round < rounds; round++)
{
    for (int i = 0; i < subjects.Length; i++)
    {
        Keep(subjects[i].BuildWithout, round >= 0, builds[i].Run(withGenerator: false));
        Keep(subjects[i].BuildWith, round >= 0, builds[i].Run(withGenerator: true));
    }
}

foreach (ProjectBuild build in builds)
    build.Dispose();

List<Row> rows = [];
foreach (Subject subject in subjects)
{
    rows.Add(Row.Of("generators", "1,000 methods, clean", subject.Name, "compile without", "ms", subject.Compile));
    rows.Add(Row.Of("generators", "1,000 methods, clean", subject.Name, "generator", "ms", subject.Generate));
    rows.Add(Row.Of("generators", "1,000 methods, clean", subject.Name, "generator and compile", "ms", subject.Whole));
    rows.Add(Row.Of("generators", "1,000 methods, dotnet build", subject.Name, "without", "ms", subject.BuildWithout));
    rows.Add(Row.Of("generators", "1,000 methods, dotnet build", subject.Name, "with generator, analyzers", "ms", subject.BuildWith));
    rows.Add(Row.Of("generators", "1,000 methods, dotnet build", subject.Name, "ratio", "times", [.. subject.BuildWith.Zip(subject.BuildWithout, static (with, without) => with / without)]));
}

rows.AddRange(
[
    Row.Of("generators", "1,000 methods, clean", "raw", "one empty analyzer", "ms", look),
    Row.Of("generators", "1,000 methods, clean", "runhouse", "the same and analyzers", "ms", analyze),
    Row.Of("generators", "key stroke", "runhouse", "in an unrelated file", "ms", unrelated),
    Row.Of("generators", "key stroke", "runhouse", "in a calling file", "ms", related),
    Row.Of("generators", "key stroke", "runhouse", "in a declaration", "ms", declared),
]);
Report.Print(rows);
int json = Array.IndexOf(args, "--json");
if (json >= 0)
    Report.Write(args[json + 1], rows);

static CSharpCompilation Typed(CSharpCompilation compilation, string path, string text)
{
    SyntaxTree tree = compilation.SyntaxTrees.First(one => one.FilePath == path);
    return compilation.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(tree.GetText() + text, Subject.Parse, path, System.Text.Encoding.UTF8));
}

static void Emit(Compilation compilation)
{
    Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(Stream.Null);
    if (!result.Success)
        throw new InvalidOperationException(result.Diagnostics.First(static one => one.Severity == DiagnosticSeverity.Error).ToString());
}

static void Analyze(Compilation compilation, ImmutableArray<DiagnosticAnalyzer> with)
{
    ImmutableArray<Diagnostic> reported = compilation.WithAnalyzers(with).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
    if (reported.Any(static one => one.Severity >= DiagnosticSeverity.Warning))
        throw new InvalidOperationException(reported.First(static one => one.Severity >= DiagnosticSeverity.Warning).ToString());
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
