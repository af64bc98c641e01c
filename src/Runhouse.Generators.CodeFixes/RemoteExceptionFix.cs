using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A handler of an exception that cannot arrive handles the one that arrives in its place.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RemoteExceptionFix() : DeclarationFix<CatchClauseSyntax>("RH0210", "Catch RemoteException")
{
    private const string Arriving = "Runhouse.RemoteException";

    /// <inheritdoc/>
    protected override async Task<bool> CanChangeAsync(Document document, CatchClauseSyntax node, CancellationToken cancellationToken)
    {
        if (node.Declaration is not { } declaration || node.Parent is not TryStatementSyntax { Catches: var handlers })
            return false;
        SemanticModel model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;

        // Behind a handler of all of them, the compiler refuses another.
        if (model.Compilation.GetTypeByMetadataName(Arriving) is not { } arriving
            || handlers.TakeWhile(one => one != node).Any(one => one.Filter is null && SymbolEqualityComparer.Default.Equals(TypeOf(one.Declaration), arriving)))
        {
            return false;
        }

        ISymbol? variable = model.GetDeclaredSymbol(declaration, cancellationToken);
        return variable is null || node.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == variable.Name)
            .Where(name => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, variable))
            .All(name => name.Parent is InterpolationSyntax || Takes(name, arriving));

        ITypeSymbol? TypeOf(CatchDeclarationSyntax? one) => one is null ? null : model.GetTypeInfo(one.Type, cancellationToken).Type;

        bool Takes(IdentifierNameSyntax name, INamedTypeSymbol other)
        {
            ITypeSymbol? user = name.Parent is MemberAccessExpressionSyntax { Expression: var receiver } access && receiver == name
                ? Declaring(model.GetSymbolInfo(access, cancellationToken).Symbol)
                : model.GetTypeInfo(name, cancellationToken).ConvertedType;
            return user is not null && model.Compilation.ClassifyConversion(other, user) is { IsImplicit: true, IsIdentity: false };
        }
    }

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, CatchClauseSyntax node, CancellationToken cancellationToken)
    {
        CatchDeclarationSyntax declaration = node.Declaration!;
        bool hasName = !declaration.Identifier.IsKind(SyntaxKind.None);
        SyntaxToken name = hasName ? declaration.Identifier.WithoutTrivia() : SyntaxFactory.Identifier(FreeName(node));
        CatchDeclarationSyntax changed = declaration.WithType(
            SyntaxNames.Simplified(Arriving).WithLeadingTrivia(declaration.Type.GetLeadingTrivia()).WithTrailingTrivia(SyntaxFactory.Space));
        changed = hasName ? changed : changed.WithIdentifier(name.WithTrailingTrivia(declaration.Type.GetTrailingTrivia()));

        ExpressionSyntax condition = SyntaxFactory.ParseExpression($"{name}.Is<{declaration.Type.WithoutTrivia()}>()");
        CatchClauseSyntax handler;
        if (node.Filter is { } filter)
        {
            // What binds less than `&&`.
            ExpressionSyntax given = filter.FilterExpression;
            if (given is ConditionalExpressionSyntax or AssignmentExpressionSyntax || given.IsKind(SyntaxKind.LogicalOrExpression) || given.IsKind(SyntaxKind.CoalesceExpression))
                given = SyntaxFactory.ParenthesizedExpression(given);
            SyntaxToken and = SyntaxFactory.Token(SyntaxKind.AmpersandAmpersandToken).WithTrailingTrivia(SyntaxFactory.Space);
            handler = node.WithDeclaration(changed).WithFilter(filter.WithFilterExpression(SyntaxFactory.BinaryExpression(
                SyntaxKind.LogicalAndExpression, condition.WithTrailingTrivia(SyntaxFactory.Space), and, given)));
        }
        else
        {
            CatchFilterClauseSyntax added = SyntaxFactory.CatchFilterClause(
                SyntaxFactory.Token(SyntaxKind.WhenKeyword).WithTrailingTrivia(SyntaxFactory.Space),
                SyntaxFactory.Token(SyntaxKind.OpenParenToken),
                condition,
                SyntaxFactory.Token(SyntaxKind.CloseParenToken));
            handler = node.WithDeclaration(changed.WithTrailingTrivia(SyntaxFactory.Space)).WithFilter(added.WithTrailingTrivia(declaration.GetTrailingTrivia()));
        }

        return Replaced(document, root, node, handler);
    }

    // An override counts as what it overrides: of the exception that arrives, that is there too.
    private static INamedTypeSymbol? Declaring(ISymbol? member)
    {
        while (member is IPropertySymbol { OverriddenProperty: { } property })
            member = property;
        while (member is IMethodSymbol { OverriddenMethod: { } method })
            member = method;
        return member?.ContainingType;
    }

    private static string FreeName(CatchClauseSyntax node)
    {
        SyntaxNode member = node.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? (SyntaxNode)node;
        var taken = new HashSet<string>(member.DescendantTokens().Where(static one => one.IsKind(SyntaxKind.IdentifierToken)).Select(static one => one.ValueText));
        return !taken.Contains("e") ? "e" : !taken.Contains("error") ? "error" : "remoteException";
    }
}
