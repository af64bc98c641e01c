using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A delegate of a remote function becomes a lambda that calls it, which is a remote call.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class MethodGroupFix() : DeclarationFix<ExpressionSyntax>("RH0200", "Call it in a lambda")
{
    /// <inheritdoc/>
    protected override async Task<bool> CanChangeAsync(Document document, ExpressionSyntax node, CancellationToken cancellationToken)
    {
        // Two lambdas are never the same delegate: neither equal, nor what `-=` takes away.
        if (node.Parent is BinaryExpressionSyntax || node.Parent.IsKind(SyntaxKind.AddAssignmentExpression) || node.Parent.IsKind(SyntaxKind.SubtractAssignmentExpression))
            return false;
        SemanticModel model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        return FunctionOf(node, model, cancellationToken) is not null;
    }

    /// <inheritdoc/>
    protected override async Task<Solution> ChangeAsync(Document document, SyntaxNode root, ExpressionSyntax node, CancellationToken cancellationToken)
    {
        SemanticModel model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        IMethodSymbol method = FunctionOf(node, model, cancellationToken)!;
        string[] names = [.. method.Parameters.Select(static one => SyntaxFacts.GetKeywordKind(one.Name) == SyntaxKind.None ? one.Name : "@" + one.Name)];

        // Where nothing says what the delegate takes, the lambda does: var f = ..., Delegate f = ...
        bool isTyped = model.GetTypeInfo(node, cancellationToken).ConvertedType is not { TypeKind: TypeKind.Delegate }
            || node.Parent is EqualsValueClauseSyntax { Parent.Parent: VariableDeclarationSyntax { Type.IsVar: true } };
        string[] parameters = isTyped
            ? [.. method.Parameters.Select((one, i) => one.Type.ToMinimalDisplayString(model, node.SpanStart) + " " + names[i])]
            : names;
        string list = string.Join(", ", parameters);
        if (isTyped || names.Length != 1)
            list = $"({list})";
        ExpressionSyntax lambda = SyntaxFactory.ParseExpression($"{list} => {node.WithoutTrivia()}({string.Join(", ", names)})");
        if (node.Parent is CastExpressionSyntax)
            lambda = SyntaxFactory.ParenthesizedExpression(lambda);
        return await Replaced(document, root, node, lambda.WithTriviaFrom(node)).ConfigureAwait(false);
    }

    // As a plain Delegate, the compiler names it only as a candidate.
    private static IMethodSymbol? FunctionOf(ExpressionSyntax node, SemanticModel model, CancellationToken cancellationToken)
    {
        SymbolInfo info = model.GetSymbolInfo(node, cancellationToken);
        ISymbol? symbol = info.Symbol ?? (info.CandidateSymbols.Length == 1 ? info.CandidateSymbols[0] : null);
        return symbol is IMethodSymbol { ReducedFrom: null } method ? method : null;
    }
}
