using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A reference back to what holds an object is left out of what travels.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class IgnoreBackReferenceFix() : DeclarationFix<MemberDeclarationSyntax>("RH0039", "Leave it out with [JsonIgnore]")
{
    /// <inheritdoc/>
    protected override Location? PlaceOf(Diagnostic diagnostic) => diagnostic.AdditionalLocations.Count > 0 ? diagnostic.AdditionalLocations[0] : null;

    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, MemberDeclarationSyntax node, CancellationToken cancellationToken)
        => Task.FromResult(node is PropertyDeclarationSyntax or FieldDeclarationSyntax);

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, MemberDeclarationSyntax node, CancellationToken cancellationToken)
    {
        MemberDeclarationSyntax bare = node.WithoutLeadingTrivia();
        AttributeListSyntax attribute = SyntaxNames.Attribute("System.Text.Json.Serialization.JsonIgnore").WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        return Replaced(
            document,
            root,
            node,
            bare.WithAttributeLists(bare.AttributeLists.Insert(0, attribute)).WithLeadingTrivia(node.GetLeadingTrivia()).WithAdditionalAnnotations(Formatter.Annotation));
    }
}
