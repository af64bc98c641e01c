using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A property whose value would be lost gets an <c>init</c> accessor, so that it can be made again on arrival.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class InitAccessorFix() : DeclarationFix<PropertyDeclarationSyntax>("RH0038", "Add an init accessor")
{
    /// <inheritdoc/>
    protected override Location? PlaceOf(Diagnostic diagnostic) => diagnostic.AdditionalLocations.Count > 0 ? diagnostic.AdditionalLocations[0] : null;

    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, PropertyDeclarationSyntax node, CancellationToken cancellationToken)
        => Task.FromResult(node.AccessorList is { Accessors.Count: 1 });

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, PropertyDeclarationSyntax node, CancellationToken cancellationToken)
    {
        AccessorDeclarationSyntax getter = node.AccessorList!.Accessors[0];
        AccessorDeclarationSyntax setter = SyntaxFactory.AccessorDeclaration(SyntaxKind.InitAccessorDeclaration)
            .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken))
            .WithTrailingTrivia(getter.GetTrailingTrivia());
        AccessorListSyntax accessors = node.AccessorList.WithAccessors([getter.WithTrailingTrivia(SyntaxFactory.Space), setter]);
        return Replaced(document, root, node, node.WithAccessorList(accessors));
    }
}
