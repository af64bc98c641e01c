using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Runhouse.Cli.Watching;

/// <summary>The code of a project as the build compiles it: its own files, and what its generators write. It does not change; an edit makes another one.</summary>
internal sealed class ProjectCode
{
    private readonly CSharpCommandLineArguments _arguments;
    private readonly CSharpCompilation _own;
    private readonly GeneratorDriver _driver;

    private ProjectCode(CSharpCommandLineArguments arguments, CSharpCompilation own, GeneratorDriver driver)
    {
        _arguments = arguments;
        _own = own;
        _driver = driver.RunGeneratorsAndUpdateCompilation(own, out Compilation whole, out ImmutableArray<Diagnostic> problems);
        Whole = (CSharpCompilation)whole;
        GeneratorErrors = [.. problems.Where(static one => one.Severity == DiagnosticSeverity.Error)];
    }

    /// <summary>All code.</summary>
    public CSharpCompilation Whole { get; }

    /// <summary>What generators say against it.</summary>
    public IReadOnlyList<Diagnostic> GeneratorErrors { get; }

    /// <summary>The project's own files, by their paths.</summary>
    public IReadOnlyDictionary<string, SyntaxTree> Files => field ??= _own.SyntaxTrees.ToDictionary(static tree => tree.FilePath, StringComparer.Ordinal);

    /// <summary>All other files that the compiler reads.</summary>
    public IEnumerable<string> OtherInputs => [.. _arguments.AdditionalFiles.Select(static one => one.Path), .. _arguments.AnalyzerConfigPaths];

    /// <summary>What the generators have written.</summary>
    public IEnumerable<SyntaxTree> Generated => Whole.SyntaxTrees.Where(tree => !Files.ContainsKey(tree.FilePath));

    /// <summary>Reads a project's code.</summary>
    /// <param name="project">The project, as it was built.</param>
    public static ProjectCode Read(BuiltProject project)
    {
        CSharpCommandLineArguments arguments = CSharpCommandLineParser.Default.Parse(project.Arguments, project.Folder, sdkDirectory: null);
        var configuration = BuildConfiguration.Read(arguments);
        SyntaxTree[] trees = [.. arguments.SourceFiles.AsParallel().AsOrdered().Select(file => Parse(arguments, file.Path))];
        CSharpCompilationOptions options = arguments.CompilationOptions
            .WithSourceReferenceResolver(new SourceFileResolver([], project.Folder, arguments.PathMap))
            .WithSyntaxTreeOptionsProvider(configuration.Severities)
            .WithStrongNameProvider(new DesktopStrongNameProvider(arguments.KeyFileSearchPaths))
            .WithAssemblyIdentityComparer(DesktopAssemblyIdentityComparer.Default);
        var own = CSharpCompilation.Create(
            arguments.CompilationName, trees, arguments.MetadataReferences.Select(static one => MetadataReference.CreateFromFile(one.Reference, one.Properties)), options);
        return new ProjectCode(arguments, own, DriverOf(arguments, configuration));
    }

    /// <summary>The code with files as they are on the disk now.</summary>
    /// <param name="paths">The paths of the files, which are among the project's own.</param>
    public ProjectCode With(IEnumerable<string> paths)
    {
        CSharpCompilation own = _own;
        foreach (string path in paths)
            own = own.ReplaceSyntaxTree(Files[path], Parse(_arguments, path));
        return new ProjectCode(_arguments, own, _driver);
    }

    /// <summary>Whether an assembly was compiled from this code: its symbols hold the hash of each file with code.</summary>
    /// <param name="assembly">The assembly, its symbols inside or beside it.</param>
    public bool IsCodeOf(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        if (!image.TryOpenAssociatedPortablePdb(assembly, static path => File.Exists(path) ? File.OpenRead(path) : null, out MetadataReaderProvider? symbols, out _) || symbols is null)
            return false;
        using (symbols)
        {
            // Files without code are not among the symbols' documents; paths may be mapped there.
            MetadataReader reader = symbols.GetMetadataReader();
            ILookup<string, SyntaxTree> files = Files.Values.ToLookup(static tree => Path.GetFileName(tree.FilePath), StringComparer.Ordinal);
            return reader.Documents.Select(reader.GetDocument).All(document =>
            {
                string path = reader.GetString(document.Name);
                IEnumerable<SyntaxTree> named = files[path[(path.LastIndexOfAny(['/', '\\']) + 1)..]];
                return !named.Any() || named.Any(tree => tree.GetText().GetChecksum().AsSpan().SequenceEqual(reader.GetBlobBytes(document.Hash)));
            });
        }
    }

    /// <summary>Whether two assemblies are of the same build.</summary>
    /// <param name="one">The path of one.</param>
    /// <param name="other">The path of the other, which need not be there.</param>
    public static bool IsSameModule(string one, string other) => File.Exists(other) && ModuleOf(one) == ModuleOf(other);

    private static Guid ModuleOf(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        MetadataReader reader = image.GetMetadataReader();
        return reader.GetGuid(reader.GetModuleDefinition().Mvid);
    }

    private static CSharpGeneratorDriver DriverOf(CSharpCommandLineArguments arguments, BuildConfiguration configuration)
    {
        var assemblies = new GeneratorAssemblies();

        // As the compiler has it: of one assembly that is named by two paths there is one.
        string[] paths = [.. arguments.AnalyzerReferences.Select(static one => Path.GetFullPath(one.FilePath)).Distinct(StringComparer.Ordinal)];
        foreach (string path in paths)
            assemblies.AddDependencyLocation(path);
        return CSharpGeneratorDriver.Create(
            paths.SelectMany(path => new AnalyzerFileReference(path, assemblies).GetGenerators(LanguageNames.CSharp)),
            arguments.AdditionalFiles.Select(static one => new InputText(one.Path)),
            arguments.ParseOptions,
            configuration,
            new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: false, arguments.GeneratedFilesOutputDirectory ?? arguments.OutputDirectory));
    }

    private static SyntaxTree Parse(CSharpCommandLineArguments arguments, string path)
    {
        using FileStream file = File.OpenRead(path);
        return CSharpSyntaxTree.ParseText(SourceText.From(file, arguments.Encoding, arguments.ChecksumAlgorithm), arguments.ParseOptions, path);
    }

    private sealed class InputText(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText? GetText(CancellationToken cancellationToken = default)
        {
            using FileStream file = File.OpenRead(path);
            return SourceText.From(file);
        }
    }
}
