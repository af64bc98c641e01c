using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Runhouse.Cli.Watching;

/// <summary>What the build's <c>.editorconfig</c> and <c>.globalconfig</c> files say, to generators and to the compiler.</summary>
/// <param name="set">The files.</param>
internal sealed class BuildConfiguration(AnalyzerConfigSet set) : AnalyzerConfigOptionsProvider
{
    /// <inheritdoc/>
    public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(set.GlobalConfigOptions);

    /// <summary>How severe the compiler's warnings are.</summary>
    public SyntaxTreeOptionsProvider Severities => new TreeOptions(set);

    /// <summary>Reads the files of a command line.</summary>
    /// <param name="arguments">The command line.</param>
    public static BuildConfiguration Read(CSharpCommandLineArguments arguments)
    {
        var configs = new List<AnalyzerConfig>();
        foreach (string path in arguments.AnalyzerConfigPaths)
        {
            using FileStream file = File.OpenRead(path);
            configs.Add(AnalyzerConfig.Parse(SourceText.From(file), path));
        }

        return new BuildConfiguration(AnalyzerConfigSet.Create(configs));
    }

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Options(set.GetOptionsForSourcePath(tree.FilePath));

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Options(set.GetOptionsForSourcePath(textFile.Path));

    private sealed class Options(AnalyzerConfigOptionsResult result) : AnalyzerConfigOptions
    {
        public override IEnumerable<string> Keys => result.AnalyzerOptions.Keys;

        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => result.AnalyzerOptions.TryGetValue(key, out value);
    }

    private sealed class TreeOptions(AnalyzerConfigSet set) : SyntaxTreeOptionsProvider
    {
        public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellationToken)
            => set.GetOptionsForSourcePath(tree.FilePath).AnalyzerOptions.TryGetValue("generated_code", out string? text) && bool.TryParse(text, out bool isGenerated)
                ? isGenerated ? GeneratedKind.MarkedGenerated : GeneratedKind.NotGenerated
                : GeneratedKind.Unknown;

        public override bool TryGetDiagnosticValue(SyntaxTree tree, string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
            => set.GetOptionsForSourcePath(tree.FilePath).TreeOptions.TryGetValue(diagnosticId, out severity);

        public override bool TryGetGlobalDiagnosticValue(string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
            => set.GlobalConfigOptions.TreeOptions.TryGetValue(diagnosticId, out severity);
    }
}
