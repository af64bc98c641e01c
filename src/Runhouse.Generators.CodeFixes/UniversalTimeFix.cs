using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>Local time becomes universal time.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class UniversalTimeFix() : DeclarationFix<MemberAccessExpressionSyntax>("RH0150", "Use UTC")
{
    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, MemberAccessExpressionSyntax node, CancellationToken cancellationToken)
        => Task.FromResult(node.Name.Identifier.ValueText is "Now");

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, MemberAccessExpressionSyntax node, CancellationToken cancellationToken)
        => Replaced(document, root, node.Name, SyntaxFactory.IdentifierName("UtcNow").WithTriviaFrom(node.Name));
}
