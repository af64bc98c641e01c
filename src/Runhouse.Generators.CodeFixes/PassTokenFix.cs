using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A remote call gets the token in scope.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class PassTokenFix() : RuleFix<InvocationExpressionSyntax>("RH0207")
{
    /// <inheritdoc/>
    protected override Task<CodeAction?> OfferAsync(
        Diagnostic diagnostic, Document document, SyntaxNode root, InvocationExpressionSyntax node, CancellationToken cancellationToken)
    {
        if (diagnostic.Properties.GetValueOrDefault("Token") is not { } token || diagnostic.Properties.GetValueOrDefault("Parameter") is not { } parameter)
            return Task.FromResult<CodeAction?>(null);

        // By name: other optional arguments may be left out before it.
        ArgumentSyntax argument = SyntaxFactory.Argument(SyntaxFactory.NameColon(parameter), default, SyntaxFactory.IdentifierName(token));
        argument = argument.WithNameColon(argument.NameColon!.WithColonToken(argument.NameColon.ColonToken.WithTrailingTrivia(SyntaxFactory.Space)));
        var action = CodeAction.Create($"Pass '{token}'", _ => Replaced(document, root, node, node.AddArgumentListArguments(argument)), Rule);
        return Task.FromResult<CodeAction?>(action);
    }
}
