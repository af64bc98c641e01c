using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>The current culture becomes the invariant one.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class InvariantCultureFix() : DeclarationFix<MemberAccessExpressionSyntax>("RH0151", "Use the invariant culture")
{
    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, MemberAccessExpressionSyntax node, CancellationToken cancellationToken)
        => Task.FromResult(node.Name.Identifier.ValueText is "CurrentCulture" or "CurrentUICulture");

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, MemberAccessExpressionSyntax node, CancellationToken cancellationToken)
        => Replaced(document, root, node.Name, SyntaxFactory.IdentifierName("InvariantCulture").WithTriviaFrom(node.Name));
}
