using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A number of calls that means nothing is taken away.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class NegativeNumberFix() : DeclarationFix<AttributeArgumentSyntax>("RH0019", "Take the number away")
{
    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, AttributeArgumentSyntax node, CancellationToken cancellationToken)
    {
        var list = (AttributeArgumentListSyntax)node.Parent!;
        var attribute = (AttributeSyntax)list.Parent!;
        AttributeArgumentListSyntax? left = list.Arguments.Count == 1 ? null : list.WithArguments(list.Arguments.Remove(node));
        return Replaced(document, root, attribute, attribute.WithArgumentList(left));
    }
}
