using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A parameter that is a service gets <c>[FromServices]</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class FromServicesFix() : DeclarationFix<ParameterSyntax>("RH0020", "Mark it [FromServices]")
{
    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, ParameterSyntax node, CancellationToken cancellationToken)
    {
        ParameterSyntax bare = node.WithoutLeadingTrivia();
        AttributeListSyntax attribute = SyntaxNames.Attribute("Runhouse.FromServices").WithTrailingTrivia(SyntaxFactory.Space);
        return Replaced(document, root, node, bare.WithAttributeLists(bare.AttributeLists.Insert(0, attribute)).WithLeadingTrivia(node.GetLeadingTrivia()));
    }
}
