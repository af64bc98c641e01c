using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>The remote member that reads an environment variable, or its remote class, declares it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RemoteEnvironmentFix() : RuleFix<MemberDeclarationSyntax>("RH0110")
{
    /// <inheritdoc/>
    protected override Location? PlaceOf(Diagnostic diagnostic) => diagnostic.AdditionalLocations.Count > 0 ? diagnostic.AdditionalLocations[0] : null;

    /// <summary>What carries [Remote]: the function or the class.</summary>
    /// <param name="node">A member, or a type around it.</param>
    protected override bool IsMeant(MemberDeclarationSyntax node) => node is MethodDeclarationSyntax or BaseTypeDeclarationSyntax
        && node.AttributeLists.SelectMany(static list => list.Attributes).Any(static one => one.Name.ToString() is "Remote" or "RemoteAttribute" or "Runhouse.Remote");

    /// <inheritdoc/>
    protected override Task<CodeAction?> OfferAsync(
        Diagnostic diagnostic, Document document, SyntaxNode root, MemberDeclarationSyntax node, CancellationToken cancellationToken)
    {
        if (diagnostic.Properties.GetValueOrDefault("Name") is not { } name)
            return Task.FromResult<CodeAction?>(null);
        string where = node is BaseTypeDeclarationSyntax type ? type.Identifier.ValueText : ((MethodDeclarationSyntax)node).Identifier.ValueText;
        AttributeListSyntax first = node.AttributeLists[0];
        var action = CodeAction.Create($"Declare '{name}' on '{where}'", _ => Replaced(document, root, first, Declaring(first, name)), Rule + name);
        return Task.FromResult<CodeAction?>(action);
    }

    private static AttributeListSyntax Declaring(AttributeListSyntax list, string name)
    {
        AttributeSyntax attribute = SyntaxNames.Attribute("Runhouse.RemoteEnvironment").Attributes[0];
        ExpressionSyntax literal = SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(name));
        return list.AddAttributes(attribute.AddArgumentListArguments(SyntaxFactory.AttributeArgument(literal)).WithLeadingTrivia(SyntaxFactory.Space));
    }
}
