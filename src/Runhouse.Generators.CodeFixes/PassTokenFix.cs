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
public sealed class PassTokenFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ["RH0207"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (root?.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
                || !diagnostic.Properties.TryGetValue("Token", out string? token)
                || !diagnostic.Properties.TryGetValue("Parameter", out string? parameter))
            {
                continue;
            }

            // By name: other optional arguments may be left out before it.
            ArgumentSyntax argument = SyntaxFactory.Argument(SyntaxFactory.NameColon(parameter!), default, SyntaxFactory.IdentifierName(token!));
            argument = argument.WithNameColon(argument.NameColon!.WithColonToken(argument.NameColon.ColonToken.WithTrailingTrivia(SyntaxFactory.Space)));
            context.RegisterCodeFix(
                CodeAction.Create(
                    $"Pass '{token}'",
                    _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(call, call.AddArgumentListArguments(argument)))),
                    nameof(PassTokenFix)),
                diagnostic);
        }
    }
}
