using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Runhouse.Generators.Tests.Infrastructure;

/// <summary>One run of the generator over a compilation, and runs that follow it with edits.</summary>
internal sealed class GeneratorRun
{
    private GeneratorDriver _driver;

    private GeneratorRun(GeneratorDriver driver, CSharpCompilation input)
    {
        Input = input;
        _driver = driver.RunGeneratorsAndUpdateCompilation(input, out Compilation output, out _);
        Output = output;
        Result = _driver.GetRunResult();
    }

    /// <summary>The compilation without the output.</summary>
    public CSharpCompilation Input { get; }

    /// <summary>The compilation with the output.</summary>
    public Compilation Output { get; }

    /// <summary>What the generator did.</summary>
    public GeneratorDriverRunResult Result { get; }

    /// <summary>The emitted files by hint name.</summary>
    public IReadOnlyDictionary<string, string> Files
        => Result.Results.Single().GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString(), StringComparer.Ordinal);

    /// <summary>Runs the generator over sources named File0.cs, File1.cs and so on.</summary>
    public static GeneratorRun Of(params string[] sources) => Of("TestApp", LanguageVersion.CSharp14, sources);

    /// <summary>Runs the generator over sources.</summary>
    public static GeneratorRun Of(string assemblyName, LanguageVersion version, string[] sources, params MetadataReference[] more)
        => Of(assemblyName, version, sources, properties: null, more);

    /// <summary>Runs the generator over sources, with build properties that the compiler sees.</summary>
    public static GeneratorRun Of(
        string assemblyName, LanguageVersion version, string[] sources, IReadOnlyDictionary<string, string>? properties, params MetadataReference[] more)
    {
        var options = new CSharpParseOptions(version, DocumentationMode.Diagnose)
            .WithFeatures([new("InterceptorsNamespaces", "Runhouse.Generated")]);
        var compilation = CSharpCompilation.Create(
            assemblyName,
            sources.Select((text, i) => CSharpSyntaxTree.ParseText(text, options, $"/src/File{i}.cs", System.Text.Encoding.UTF8)),
            TestReferences.All.AddRange(more),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                generalDiagnosticOption: ReportDiagnostic.Error,
                specificDiagnosticOptions: [new("CS1591", ReportDiagnostic.Suppress), new("CS1701", ReportDiagnostic.Suppress)]));
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new RemoteGenerator().AsSourceGenerator()],
            parseOptions: options,
            optionsProvider: properties is null ? null : new BuildProperties(properties),
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        return new GeneratorRun(driver, compilation);
    }

    /// <summary>Runs the same driver again after an edit.</summary>
    public GeneratorRun After(Func<CSharpCompilation, CSharpCompilation> edit) => new(_driver, edit(Input));

    /// <summary>Runs the same driver again after one file was replaced.</summary>
    public GeneratorRun After(int file, Func<string, string> edit)
        => After(c =>
        {
            SyntaxTree tree = c.SyntaxTrees[file];
            return c.ReplaceSyntaxTree(tree, tree.WithChangedText(Microsoft.CodeAnalysis.Text.SourceText.From(edit(tree.ToString()), System.Text.Encoding.UTF8)));
        });

    /// <summary>Asserts that the output compiles as strictly as ordinary code: documentation, nullability, warnings as errors.</summary>
    /// <param name="allWarnings">Whether the output is held to the warnings that it turns off itself, but for the few that it cannot avoid.</param>
    public GeneratorRun Compiles(bool allWarnings = true)
    {
        Compilation output = Output;
        foreach (SyntaxTree tree in allWarnings ? Output.SyntaxTrees.Except(Input.SyntaxTrees) : [])
        {
            string text = tree.ToString().Replace("#pragma warning disable\n", "#pragma warning disable CS0108, CS0109, CS0612, CS0618\n", StringComparison.Ordinal);
            output = output.ReplaceSyntaxTree(tree, tree.WithChangedText(Microsoft.CodeAnalysis.Text.SourceText.From(text, System.Text.Encoding.UTF8)));
        }

        var problems = output.GetDiagnostics().Concat(Result.Diagnostics)
            .Where(d => d.Severity >= DiagnosticSeverity.Warning)
            .Select(d => d.ToString() + "\n    " + d.Location.SourceTree?.GetText().Lines[d.Location.GetLineSpan().StartLinePosition.Line])
            .ToList();
        Assert.True(problems.Count == 0, string.Join("\n", problems) + "\n" + string.Join("\n", Files.Select(f => "=== " + f.Key + "\n" + f.Value)));
        return this;
    }

    /// <summary>Compiles and loads the output into this process.</summary>
    public System.Reflection.Assembly Load()
    {
        Compiles();
        using var image = new MemoryStream();
        Assert.True(Output.Emit(image).Success);
        image.Position = 0;
        var assembly = new AssemblyLoadContext(Input.AssemblyName, isCollectible: true).LoadFromStream(image);
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(assembly.ManifestModule.ModuleHandle);
        return assembly;
    }

    /// <summary>The reasons of a tracked step's outputs.</summary>
    public IReadOnlyList<IncrementalStepRunReason> Reasons(string step)
        => [.. Result.Results.Single().TrackedSteps.TryGetValue(step, out var runs) ? runs.SelectMany(r => r.Outputs).Select(o => o.Reason) : []];

    /// <summary>The reasons of everything that emits.</summary>
    public IReadOnlyList<IncrementalStepRunReason> OutputReasons()
        => [.. Result.Results.Single().TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(r => r.Outputs).Select(o => o.Reason)];
}
