using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Rename;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A synchronous remote function returns a task and gets the name of one. Its callers still have to await it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AsynchronousFunctionFix() : DeclarationFix<MethodDeclarationSyntax>("RH0017", "Return a task")
{
    private const string Task = "System.Threading.Tasks.Task";

    /// <inheritdoc/>
    protected override Task<bool> CanChangeAsync(Document document, MethodDeclarationSyntax node, CancellationToken cancellationToken)
        => System.Threading.Tasks.Task.FromResult(node.Body is not null || (node.ExpressionBody is not null && !IsVoid(node)));

    /// <inheritdoc/>
    protected override async Task<Solution> ChangeAsync(Document document, SyntaxNode root, MethodDeclarationSyntax node, CancellationToken cancellationToken)
    {
        var mark = new SyntaxAnnotation();
        Document changed = document.WithSyntaxRoot(root.ReplaceNode(node, node.WithAdditionalAnnotations(mark)));
        if (!node.Identifier.ValueText.EndsWith("Async", StringComparison.Ordinal))
            changed = await RenameAsync(changed, mark, node.Identifier.ValueText + "Async", cancellationToken).ConfigureAwait(false);
        SyntaxNode newRoot = (await changed.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!;
        var method = (MethodDeclarationSyntax)newRoot.GetAnnotatedNodes(mark).Single();
        return changed.WithSyntaxRoot(newRoot.ReplaceNode(method, Asynchronous(method))).Project.Solution;
    }

    private static async Task<Document> RenameAsync(Document document, SyntaxAnnotation mark, string name, CancellationToken cancellationToken)
    {
        SyntaxNode root = (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!;
        SemanticModel model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        ISymbol symbol = model.GetDeclaredSymbol((MethodDeclarationSyntax)root.GetAnnotatedNodes(mark).Single(), cancellationToken)!;
        Solution solution = await Renamer.RenameSymbolAsync(document.Project.Solution, symbol, default, name, cancellationToken).ConfigureAwait(false);
        return solution.GetDocument(document.Id)!;
    }

    private static MethodDeclarationSyntax Asynchronous(MethodDeclarationSyntax method)
    {
        bool isVoid = IsVoid(method);
        string type = isVoid ? Task : $"{Task}<{method.ReturnType.WithoutTrivia()}>";
        if (method.ExpressionBody is { } arrow)
            method = method.WithExpressionBody(arrow.WithExpression(Finished(arrow.Expression)));
        if (method.Body is { } body)
        {
            body = body.ReplaceNodes(
                body.DescendantNodes(static inner => inner is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ReturnStatementSyntax>(),
                (_, statement) => statement.WithReturnKeyword(statement.ReturnKeyword.WithTrailingTrivia(SyntaxFactory.Space)).WithExpression(Finished(statement.Expression)));
            if (isVoid)
                body = body.AddStatements(SyntaxFactory.ParseStatement($"return global::{Task}.CompletedTask;").WithAdditionalAnnotations(
                    Microsoft.CodeAnalysis.Simplification.Simplifier.Annotation, Microsoft.CodeAnalysis.Formatting.Formatter.Annotation));
            method = method.WithBody(body);
        }

        return method.WithReturnType(SyntaxNames.Simplified(type).WithTriviaFrom(method.ReturnType));
    }

    private static ExpressionSyntax Finished(ExpressionSyntax? value) => value is null
        ? SyntaxFactory.ParseExpression($"global::{Task}.CompletedTask").WithAdditionalAnnotations(Microsoft.CodeAnalysis.Simplification.Simplifier.Annotation)
        : SyntaxFactory.InvocationExpression(
            SyntaxFactory.ParseExpression($"global::{Task}.FromResult").WithAdditionalAnnotations(Microsoft.CodeAnalysis.Simplification.Simplifier.Annotation),
            SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(value.WithoutTrivia())))).WithTriviaFrom(value);

    private static bool IsVoid(MethodDeclarationSyntax method) => method.ReturnType is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword };
}
