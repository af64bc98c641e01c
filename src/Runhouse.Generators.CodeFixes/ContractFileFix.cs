using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;

namespace Runhouse.Generators.CodeFixes;

/// <summary>Writes what remote code promises into the contract file: a new line, or the new one in place of the old.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ContractFileFix : CodeFixProvider
{
    private const string FileName = "RunhouseContracts.txt";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ["RH0400", "RH0401", "RH0402"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => new AllLines();

    /// <inheritdoc/>
    public override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (diagnostic.Properties.ContainsKey("Line"))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(
                        diagnostic.Id == "RH0402" ? "Record it in " + FileName : "Accept the change in " + FileName,
                        token => WriteAsync(context.Document.Project, [diagnostic], token),
                        diagnostic.Id == "RH0402" ? nameof(ContractFileFix) : nameof(ContractFileFix) + "Accept"),
                    diagnostic);
            }
        }

        return Task.CompletedTask;
    }

    private static async Task<Solution> WriteAsync(Project project, IEnumerable<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        TextDocument? file = project.AdditionalDocuments.FirstOrDefault(static one => one.Name == FileName);
        if (file is null)
            return project.Solution;
        SourceText text = await file.GetTextAsync(cancellationToken).ConfigureAwait(false);
        List<string> lines = [.. text.Lines.Select(static line => line.ToString())];
        List<string> comments = [.. lines.TakeWhile(static line => line.Trim().Length == 0 || line.TrimStart()[0] == '#')];
        var facts = new SortedSet<string>(lines.Skip(comments.Count).Where(static line => line.Trim().Length > 0), StringComparer.Ordinal);
        foreach (Diagnostic diagnostic in diagnostics)
        {
            if (diagnostic.Properties.TryGetValue("Replaced", out string? replaced) && replaced is not null)
                facts.Remove(replaced);
            if (diagnostic.Properties.TryGetValue("Line", out string? line) && line is not null)
                facts.Add(line);
        }

        while (comments.Count > 0 && comments[comments.Count - 1].Trim().Length == 0)
            comments.RemoveAt(comments.Count - 1);
        string written = string.Concat(comments.Concat(facts).Select(static line => line + "\n"));
        return project.Solution.WithAdditionalDocumentText(file.Id, SourceText.From(written, text.Encoding));
    }

    /// <summary>All lines of a project at once: each alone would write the whole file.</summary>
    private sealed class AllLines : FixAllProvider
    {
        public override IEnumerable<FixAllScope> GetSupportedFixAllScopes() => [FixAllScope.Project, FixAllScope.Document, FixAllScope.Solution];

        public override Task<CodeAction?> GetFixAsync(FixAllContext context)
            => Task.FromResult<CodeAction?>(CodeAction.Create("Write all of them into " + FileName, token => WriteAllAsync(context, token), nameof(ContractFileFix)));

        private static async Task<Solution> WriteAllAsync(FixAllContext context, CancellationToken cancellationToken)
        {
            Solution solution = context.Solution;
            IEnumerable<Project> projects = context.Scope == FixAllScope.Solution ? solution.Projects : [context.Project];
            foreach (ProjectId id in projects.Select(static project => project.Id).ToList())
            {
                Project before = context.Solution.GetProject(id)!;
                ImmutableArray<Diagnostic> diagnostics = context.Scope == FixAllScope.Document && context.Document is { } document
                    ? await context.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false)
                    : await context.GetAllDiagnosticsAsync(before).ConfigureAwait(false);
                solution = await WriteAsync(solution.GetProject(id)!, diagnostics, cancellationToken).ConfigureAwait(false);
            }

            return solution;
        }
    }
}
