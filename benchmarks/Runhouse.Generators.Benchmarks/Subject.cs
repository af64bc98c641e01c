using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Runhouse.Generators.Benchmarks;

/// <summary>A generator that is measured, the sources that it is measured with, and what came out.</summary>
/// <param name="name">Whose it is.</param>
/// <param name="sources">The files, by name.</param>
/// <param name="generatorPath">The assembly of its generators.</param>
/// <param name="generators">Makes the generators anew.</param>
internal sealed class Subject(string name, Func<IEnumerable<(string Path, string Text)>> sources, string generatorPath, Func<ISourceGenerator[]> generators)
{
    /// <summary>How files are parsed.</summary>
    public static CSharpParseOptions Parse { get; } =
        new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.None).WithFeatures([new("InterceptorsNamespaces", "Runhouse.Generated")]);

    private static readonly MetadataReference[] References = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path))];

    /// <summary>This project.</summary>
    public static Subject Runhouse { get; } = new("runhouse", Sources.All, typeof(RemoteGenerator).Assembly.Location, static () => [new RemoteGenerator().AsSourceGenerator()]);

    /// <summary>The peers that generate code for the same.</summary>
    public static Subject[] Peers { get; } = [Peer(PeerSources.StreamJsonRpc), Peer(PeerSources.Orleans)];

    /// <summary>Whose it is.</summary>
    public string Name => name;

    /// <summary>The files, by name.</summary>
    public IEnumerable<(string Path, string Text)> Files => sources();

    /// <summary>The assembly of its generators and analyzers.</summary>
    public string GeneratorPath => generatorPath;

    /// <summary>Milliseconds of the compiler, the generator, and both, one for each round.</summary>
    public List<double> Compile { get; } = [];

    /// <inheritdoc cref="Compile"/>
    public List<double> Generate { get; } = [];

    /// <inheritdoc cref="Compile"/>
    public List<double> Whole { get; } = [];

    /// <summary>Milliseconds of a project's build without the generator and the analyzers, and with them.</summary>
    public List<double> BuildWithout { get; } = [];

    /// <inheritdoc cref="BuildWithout"/>
    public List<double> BuildWith { get; } = [];

    /// <summary>Parses the files anew, so that nothing is known of them.</summary>
    public CSharpCompilation NewCompilation() => CSharpCompilation.Create(
        "App",
        sources().Select(static file => CSharpSyntaxTree.ParseText(file.Text, Parse, file.Path, System.Text.Encoding.UTF8)),
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>Makes the generators ready to run.</summary>
    public GeneratorDriver NewDriver(GeneratorDriverOptions options = default)
        => CSharpGeneratorDriver.Create(generators(), parseOptions: Parse, driverOptions: options);

    private static Subject Peer(PeerSources sources)
    {
        string path = typeof(Subject).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == sources.Name).Value!;
        Type[] found = [.. Assembly.LoadFrom(path).GetTypes().Where(static type => type.IsDefined(typeof(GeneratorAttribute), inherit: false))];
        return new Subject(sources.Name, sources.All, path, () => [.. found.Select(static type => Activator.CreateInstance(type) switch
        {
            IIncrementalGenerator incremental => incremental.AsSourceGenerator(),
            var other => (ISourceGenerator)other!,
        })]);
    }
}
