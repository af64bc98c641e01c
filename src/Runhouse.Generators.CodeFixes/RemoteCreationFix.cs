using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>
/// A local variable that holds an ordinary object of a remote class gets a remote one, and disposes its proxy. Members that the class has in synchronous
/// form are asynchronous on the proxy: their callers still have to await them.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RemoteCreationFix() : RuleFix<LocalDeclarationStatementSyntax>("RH0204")
{
    /// <inheritdoc/>
    protected override async Task<CodeAction?> OfferAsync(
        Diagnostic diagnostic, Document document, SyntaxNode root, LocalDeclarationStatementSyntax node, CancellationToken cancellationToken)
    {
        if (diagnostic.Properties.GetValueOrDefault("Proxy") is not { } proxy
            || CreationOf(node) is not { } creation || creation.Span != diagnostic.Location.SourceSpan
            || node.Parent is not (BlockSyntax or GlobalStatementSyntax) || !MayAwait(node))
        {
            return null;
        }

        SemanticModel model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        if (!IsOnlyAReceiver(node, model, cancellationToken))
            return null;
        TypeSyntax type = creation is ObjectCreationExpressionSyntax made ? made.Type : node.Declaration.Type;
        type = (type is NullableTypeSyntax { ElementType: var inner } ? inner : type).WithoutTrivia();
        TypeSyntax entry = diagnostic.Properties.GetValueOrDefault("Entry") is { } name ? Beside(type, name) : type;
        return CodeAction.Create("Make a remote object", _ => Replaced(document, root, node, Remote(node, creation, entry, Beside(type, proxy))), Rule);
    }

    // Generated for a class, and in its namespace: where that has its plain name, so has this. Otherwise it is for the editor to shorten.
    private static TypeSyntax Beside(TypeSyntax type, string name)
    {
        string last = name.Substring(name.LastIndexOf('.') + 1);
        return type is IdentifierNameSyntax { Identifier.ValueText: var plain } && (last == plain + "Remote" || last == plain + "RemoteEntry")
            ? SyntaxFactory.IdentifierName(last)
            : SyntaxNames.Simplified(name);
    }

    private static LocalDeclarationStatementSyntax Remote(
        LocalDeclarationStatementSyntax node, BaseObjectCreationExpressionSyntax creation, TypeSyntax entry, TypeSyntax proxy)
    {
        ExpressionSyntax call = SyntaxFactory.InvocationExpression(
            SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, entry, SyntaxFactory.IdentifierName("RemoteAsync")),
            (creation.ArgumentList ?? SyntaxFactory.ArgumentList()).WithoutTrivia());
        VariableDeclarationSyntax declaration = node.Declaration.ReplaceNode(
            creation, SyntaxFactory.AwaitExpression(Keyword(SyntaxKind.AwaitKeyword), call).WithTriviaFrom(creation));
        if (!declaration.Type.IsVar)
            declaration = declaration.WithType(proxy.WithTrailingTrivia(declaration.Type.GetTrailingTrivia()));
        return node.WithDeclaration(declaration.WithoutLeadingTrivia())
            .WithAwaitKeyword(Keyword(SyntaxKind.AwaitKeyword)).WithUsingKeyword(Keyword(SyntaxKind.UsingKeyword)).WithLeadingTrivia(node.GetLeadingTrivia());

        static SyntaxToken Keyword(SyntaxKind kind) => SyntaxFactory.Token(kind).WithTrailingTrivia(SyntaxFactory.Space);
    }

    private static BaseObjectCreationExpressionSyntax? CreationOf(LocalDeclarationStatementSyntax node)
        => node.Declaration.Variables.Count == 1 ? node.Declaration.Variables[0].Initializer?.Value as BaseObjectCreationExpressionSyntax : null;

    private static bool MayAwait(SyntaxNode node)
    {
        foreach (SyntaxNode above in node.Ancestors())
        {
            switch (above)
            {
                case LockStatementSyntax or UnsafeStatementSyntax:
                    return false;
                case LocalFunctionStatementSyntax function:
                    return function.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case AnonymousFunctionExpressionSyntax function:
                    return function.AsyncKeyword.IsKind(SyntaxKind.AsyncKeyword);
                case MethodDeclarationSyntax method:
                    return method.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case GlobalStatementSyntax:
                    return true;
                case MemberDeclarationSyntax or AccessorDeclarationSyntax:
                    return false;
            }
        }

        return false;
    }

    // Who else takes the object takes an ordinary one.
    private static bool IsOnlyAReceiver(LocalDeclarationStatementSyntax node, SemanticModel model, CancellationToken cancellationToken)
    {
        VariableDeclaratorSyntax declarator = node.Declaration.Variables[0];
        ISymbol? local = model.GetDeclaredSymbol(declarator, cancellationToken);
        SyntaxNode scope = node.Parent is GlobalStatementSyntax { Parent: { } file } ? file : node.Parent!;
        foreach (IdentifierNameSyntax name in scope.DescendantNodes().OfType<IdentifierNameSyntax>())
        {
            bool isReceiver = name.Parent is MemberAccessExpressionSyntax { Expression: var receiver } && receiver == name;
            if (name.Identifier.ValueText == declarator.Identifier.ValueText && !isReceiver
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, local))
            {
                return false;
            }
        }

        return true;
    }
}
