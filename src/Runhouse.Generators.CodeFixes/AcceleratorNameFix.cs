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
public sealed class AcceleratorNameFix() : RuleFix<LiteralExpressionSyntax>("RH0301")
{
    /// <inheritdoc/>
    protected override Task<CodeAction?> OfferAsync(
        Diagnostic diagnostic, Document document, SyntaxNode root, LiteralExpressionSyntax node, CancellationToken cancellationToken)
    {
        if (diagnostic.Properties.GetValueOrDefault("Meant") is not { } meant || diagnostic.Properties.GetValueOrDefault("Written") is not { } written)
            return Task.FromResult<CodeAction?>(null);
        string text = string.Join("|", node.Token.ValueText.Split('|').Select(one => Renamed(one, written, meant)));
        ExpressionSyntax changed = SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(text)).WithTriviaFrom(node);
        var action = CodeAction.Create($"Change '{written}' to '{meant}'", _ => Replaced(document, root, node, changed), Rule + written);
        return Task.FromResult<CodeAction?>(action);
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
