using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>An accelerator that nobody knows gets the name that was most likely meant.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AcceleratorNameFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ["RH0301"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (diagnostic.Properties.TryGetValue("Meant", out string? meant) && meant is not null && diagnostic.Properties.TryGetValue("Written", out string? written)
                && root?.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is LiteralExpressionSyntax { Token.ValueText: { } text } literal)
            {
                string changed = string.Join("|", text.Split('|').Select(one => Renamed(one, written!, meant)));
                context.RegisterCodeFix(
                    CodeAction.Create(
                        $"Change '{written}' to '{meant}'",
                        _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(
                            literal, SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(changed)).WithTriviaFrom(literal)))),
                        nameof(AcceleratorNameFix) + written),
                    diagnostic);
            }
        }
    }

    private static string Renamed(string alternative, string written, string meant)
    {
        string[] parts = alternative.Split(':');
        if (parts[0].Trim() != written)
            return alternative;
        parts[0] = parts[0].Replace(written, meant);
        return string.Join(":", parts);
    }
}
