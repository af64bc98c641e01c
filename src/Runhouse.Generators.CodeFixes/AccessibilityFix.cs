using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Runhouse.Generators.CodeFixes;

/// <summary>Remote code that generated code cannot see becomes <c>internal</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AccessibilityFix() : DeclarationFix<MemberDeclarationSyntax>("RH0001", "Make it internal")
{
    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, MemberDeclarationSyntax node, CancellationToken cancellationToken)
        => Task.FromResult(!node.Modifiers.Any(SyntaxKind.FileKeyword) && !node.Modifiers.Any(SyntaxKind.PublicKeyword) && !node.Modifiers.Any(SyntaxKind.InternalKeyword));

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, MemberDeclarationSyntax node, CancellationToken cancellationToken)
        => Replaced(document, root, node, SyntaxGenerator.GetGenerator(document).WithAccessibility(node, Accessibility.Internal));
}
