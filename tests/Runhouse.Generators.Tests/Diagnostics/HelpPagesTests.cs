using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Diagnostics;

/// <summary>Every rule has a page, and the page's code is compiled: the violation breaks this rule and no other, the fix breaks none.</summary>
public sealed partial class HelpPagesTests
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Runhouse;
        """;

    private static readonly string Folder = Path.Combine(Root(), "docs", "rules");

    public static TheoryData<string> CompiledPages => [.. Directory.GetFiles(Folder, "RH*.md")
        .Where(static page => !File.ReadAllText(page).Contains("<!-- not compiled:", StringComparison.Ordinal))
        .Select(static page => Path.GetFileNameWithoutExtension(page))
        .Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_rule_has_a_page_and_every_page_a_rule()
        => Assert.Equal(
            Rules.All.Select(static rule => rule.Id).Order(StringComparer.Ordinal),
            Directory.GetFiles(Folder, "*.md").Select(static page => Path.GetFileNameWithoutExtension(page)).Where(static name => name.StartsWith("RH", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void A_page_has_the_rule_s_title_and_all_sections()
        => Assert.All(Rules.All, static rule =>
        {
            string text = File.ReadAllText(Path.Combine(Folder, rule.Id + ".md"));
            Assert.StartsWith($"# {rule.Id}: {rule.Title}\n", text, StringComparison.Ordinal);
            string severity = rule.DefaultSeverity switch { DiagnosticSeverity.Error => "an error.*", DiagnosticSeverity.Warning => "a warning.*", _ => "information, which editors show and builds do not;" };
            Assert.Contains($"\n*By default: {severity}", text, StringComparison.Ordinal);
            Assert.Contains("\n## Violation\n", text, StringComparison.Ordinal);
            Assert.Contains("\n## Fix\n", text, StringComparison.Ordinal);
            Assert.Contains("\n## When to suppress\n", text, StringComparison.Ordinal);
            Assert.Equal(HelpPages.Root + rule.Id + ".md", rule.HelpLinkUri);
        });

    [Theory]
    [MemberData(nameof(CompiledPages))]
    public async Task The_violation_breaks_the_rule_and_the_fix_none(string id)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(Folder, id + ".md"), TestContext.Current.CancellationToken);
        string[] violations = Blocks(text, "Violation");
        string[] fixes = Blocks(text, "Fix");
        Assert.NotEmpty(violations);
        Assert.NotEmpty(fixes);
        foreach (string violation in violations)
            Assert.Equal([id], (await ReportedAsync(violation)).Distinct());
        foreach (string fix in fixes)
            Assert.Empty(await ReportedAsync(fix));
    }

    /// <summary>The ids of what is reported: ours, and the compiler's own errors.</summary>
    private static async Task<IReadOnlyList<string>> ReportedAsync(string code)
    {
        GeneratorRun run = GeneratorRun.Of(code, Usings);
        ImmutableArray<DiagnosticAnalyzer> analyzers = [.. typeof(RemoteGenerator).Assembly.GetTypes()
            .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
            .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];
        Compilation output = run.Output.WithOptions(((CSharpCompilationOptions)run.Output.Options).WithGeneralDiagnosticOption(ReportDiagnostic.Default).WithAllowUnsafe(true));
        var reported = await output.WithAnalyzers(analyzers).GetAllDiagnosticsAsync(TestContext.Current.CancellationToken);
        return [.. run.Result.Diagnostics.Concat(reported)
            .Where(static one => !one.IsSuppressed && (one.Severity == DiagnosticSeverity.Error || one.Id.StartsWith("RH", StringComparison.Ordinal)))
            .Select(static one => one.Id.StartsWith("RH", StringComparison.Ordinal) ? one.Id : one.ToString())];
    }

    private static string[] Blocks(string page, string section)
    {
        Match part = Regex.Match(page, $@"\n## {section}\n(?<text>.*?)(\n## |\z)", RegexOptions.Singleline);
        return [.. CodeBlock().Matches(part.Groups["text"].Value).Select(static block => block.Groups["code"].Value)];
    }

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Runhouse.sln")))
            at = at.Parent;
        return at?.FullName ?? throw new DirectoryNotFoundException("Runhouse.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
