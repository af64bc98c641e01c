using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A public field becomes a property.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class PublicFieldFix() : DeclarationFix<FieldDeclarationSyntax>("RH0016", "Make it a property")
{
    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, FieldDeclarationSyntax node, CancellationToken cancellationToken)
        => Task.FromResult(node.Declaration.Variables.Count == 1 && !node.Modifiers.Any(SyntaxKind.VolatileKeyword) && !node.Modifiers.Any(SyntaxKind.FixedKeyword));

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, FieldDeclarationSyntax node, CancellationToken cancellationToken)
    {
        VariableDeclaratorSyntax variable = node.Declaration.Variables[0];
        bool isReadOnly = node.Modifiers.Any(SyntaxKind.ReadOnlyKeyword);
        var accessors = SyntaxFactory.ParseMemberDeclaration(isReadOnly ? "int A { get; }" : "int A { get; set; }") as PropertyDeclarationSyntax;
        PropertyDeclarationSyntax property = SyntaxFactory.PropertyDeclaration(
            node.AttributeLists,
            [.. node.Modifiers.Where(static one => !one.IsKind(SyntaxKind.ReadOnlyKeyword))],
            node.Declaration.Type,
            explicitInterfaceSpecifier: null,
            variable.Identifier.WithTrailingTrivia(SyntaxFactory.Space),
            accessors!.AccessorList!);
        if (variable.Initializer is { } initializer)
            property = property.WithAccessorList(property.AccessorList!.WithTrailingTrivia(SyntaxFactory.Space)).WithInitializer(initializer).WithSemicolonToken(node.SemicolonToken.WithoutTrivia());
        return Replaced(document, root, node, property.WithTriviaFrom(node));
    }
}
