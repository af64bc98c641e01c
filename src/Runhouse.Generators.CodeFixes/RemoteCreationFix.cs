using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace Runhouse.Generators.CodeFixes;

/// <summary>
/// A local variable that holds an ordinary object of a remote class gets a remote one, and disposes its proxy. Offered where only methods are called
/// that the proxy has under the same name.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RemoteCreationFix() : RuleFix<LocalDeclarationStatementSyntax>("RH0204")
{
    /// <inheritdoc/>
    protected override async Task<CodeAction?> OfferAsync(
        Diagnostic diagnostic, Document document, SyntaxNode root, LocalDeclarationStatementSyntax node, CancellationToken cancellationToken)
    {
        if (diagnostic.Properties.GetValueOrDefault("Proxy") is not { } proxy
            || CreationOf(node) is not { } creation || creation.Span != diagnostic.Location.SourceSpan || HasComment(creation)
            || node.Parent is not (BlockSyntax or GlobalStatementSyntax) || !MayAwait(node))
        {
            return null;
        }

        SemanticModel model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        if (model.GetTypeInfo(creation, cancellationToken).Type is not INamedTypeSymbol remote || !IsCalledTheSameWay(node, model, cancellationToken))
            return null;
        TypeSyntax type = creation is ObjectCreationExpressionSyntax made ? made.Type : node.Declaration.Type;
        type = (type is NullableTypeSyntax { ElementType: var inner } ? inner : type).WithoutTrivia();

        // What is generated for a class is in its namespace: extension members are only found where that is imported, and plain names as well.
        while (remote.ContainingType is { } outer)
            remote = outer;
        bool isImported = model.LookupNamespacesAndTypes(node.SpanStart, name: remote.Name).Any(one => SymbolEqualityComparer.Default.Equals(one.OriginalDefinition, remote.OriginalDefinition));
        TypeSyntax entryType = isImported && diagnostic.Properties.ContainsKey("OnType") ? type : Named(diagnostic.Properties["Entry"]!, isImported);
        ExpressionSyntax entry = SyntaxFactory.ParseExpression(entryType.ToString()).WithAdditionalAnnotations(entryType.HasAnnotation(Simplifier.Annotation) ? [Simplifier.Annotation] : []);
        return CodeAction.Create("Make a remote object", _ => Replaced(document, root, node, Remote(node, creation, entry, Named(proxy, isImported))), Rule);
    }

    private static TypeSyntax Named(string name, bool isImported)
        => isImported ? SyntaxFactory.IdentifierName(name.Substring(name.LastIndexOf('.') + 1)) : SyntaxNames.Simplified(name);

    private static LocalDeclarationStatementSyntax Remote(
        LocalDeclarationStatementSyntax node, BaseObjectCreationExpressionSyntax creation, ExpressionSyntax entry, TypeSyntax proxy)
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

    // In front of the arguments, where nothing of the expression stays.
    private static bool HasComment(BaseObjectCreationExpressionSyntax creation)
        => creation.DescendantTrivia()
            .Where(one => one.SpanStart > creation.SpanStart && one.SpanStart < (creation.ArgumentList?.OpenParenToken.Span.End ?? creation.Span.End))
            .Any(static one => !one.IsKind(SyntaxKind.WhitespaceTrivia) && !one.IsKind(SyntaxKind.EndOfLineTrivia));

    // Who else takes the object takes an ordinary one; and its properties and synchronous methods have other names on the proxy.
    private static bool IsCalledTheSameWay(LocalDeclarationStatementSyntax node, SemanticModel model, CancellationToken cancellationToken)
    {
        VariableDeclaratorSyntax declarator = node.Declaration.Variables[0];
        ISymbol? local = model.GetDeclaredSymbol(declarator, cancellationToken);
        SyntaxNode scope = node.Parent is GlobalStatementSyntax { Parent: { } file } ? file : node.Parent!;
        return scope.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == declarator.Identifier.ValueText)
            .Where(name => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, local))
            .All(name => name.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } access && access.Expression == name
                && model.GetSymbolInfo(call, cancellationToken) is var info
                && (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) is IMethodSymbol
                {
                    IsExtensionMethod: false,
                    ContainingType.IsExtension: false,
                    ReturnType.Name: "Task" or "ValueTask" or "IAsyncEnumerable",
                });
    }
}
