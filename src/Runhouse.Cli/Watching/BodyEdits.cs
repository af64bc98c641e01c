using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace Runhouse.Cli.Watching;

/// <summary>
/// Finds the methods whose bodies differ between two states of a project, if nothing else does. What is left of a file without the bodies, its skeleton, tells whether
/// that is so, and then the bodies of both states are each other's in their order.
/// </summary>
internal static class BodyEdits
{
    private const string CallSiteAttribute = "InterceptsLocation";

    /// <summary>Compares.</summary>
    /// <param name="before">The state that runs.</param>
    /// <param name="after">The one to come.</param>
    /// <param name="reason">Why it takes more than new bodies; null when it does not.</param>
    public static IReadOnlyList<SemanticEdit> Find(ProjectCode before, ProjectCode after, out string? reason)
    {
        var edits = new List<SemanticEdit>();
        reason = GeneratedChange(before, after);
        foreach ((string path, SyntaxTree tree) in after.Files)
        {
            SyntaxTree former = before.Files[path];
            if (reason is null && former != tree)
                reason = Compare(before.Whole.GetSemanticModel(former), after.Whole.GetSemanticModel(tree), edits);
        }

        return edits;
    }

    private static string? Compare(SemanticModel before, SemanticModel after, List<SemanticEdit> edits)
    {
        (SyntaxNode oldRoot, SyntaxNode newRoot) = (before.SyntaxTree.GetRoot(), after.SyntaxTree.GetRoot());
        SyntaxNode[] oldBodies = [.. Bodies(oldRoot)], newBodies = [.. Bodies(newRoot)];
        string name = Path.GetFileName(after.SyntaxTree.FilePath);
        if (!SyntaxFactory.AreEquivalent(Skeleton(oldRoot, oldBodies), Skeleton(newRoot, newBodies), topLevel: false))
            return $"{name} changes more than the bodies of methods";
        for (int i = 0; i < newBodies.Length; i++)
        {
            if (SyntaxFactory.AreEquivalent(oldBodies[i], newBodies[i], topLevel: false))
                continue;
            (IMethodSymbol former, IMethodSymbol method) = (MethodOf(before, oldBodies[i]), MethodOf(after, newBodies[i]));
            if (WrongWith(before, oldBodies[i], after, newBodies[i], method) is { } problem)
                return $"{method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)} in {name} {problem}";
            edits.Add(new SemanticEdit(SemanticEditKind.Update, former, method));
        }

        return null;
    }

    // Members that the compiler makes of a body, and of which objects that exist would have none.
    private static string? WrongWith(SemanticModel before, SyntaxNode oldBody, SemanticModel after, SyntaxNode newBody, IMethodSymbol method)
    {
        if (method.MethodKind == MethodKind.StaticConstructor)
            return "has run already";
        if (method.ContainingType.IsExtension)
            return "is in a block of extension members";
        if (UsesField(oldBody) != UsesField(newBody))
            return "begins or ceases to have a field";
        return Captured(after, newBody).Except(Captured(before, oldBody)).FirstOrDefault() is { } parameter
            ? $"begins to use the constructor's parameter '{parameter}', which objects that exist may not have kept"
            : null;
    }

    private static bool UsesField(SyntaxNode body) => body.DescendantNodes().Any(static node => node.IsKind(SyntaxKind.FieldExpression));

    private static IEnumerable<string> Captured(SemanticModel model, SyntaxNode body) => body.DescendantNodes().OfType<IdentifierNameSyntax>()
        .Where(name => model.GetSymbolInfo(name).Symbol is IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } owner }
            && owner.DeclaringSyntaxReferences.Any(static one => one.GetSyntax() is TypeDeclarationSyntax))
        .Select(static name => name.Identifier.ValueText)
        .Distinct();

    private static IMethodSymbol MethodOf(SemanticModel model, SyntaxNode body) => model.GetDeclaredSymbol(body.Parent!) switch
    {
        IMethodSymbol method => method,
        IPropertySymbol { GetMethod: { } getter } => getter,
        var other => throw new InvalidOperationException($"A body of {other} in {model.SyntaxTree.FilePath} is no method's."),
    };

    // Not those inside of bodies: they are part of these.
    private static IEnumerable<SyntaxNode> Bodies(SyntaxNode root) => root
        .DescendantNodes(static node => node is CompilationUnitSyntax or MemberDeclarationSyntax or AccessorListSyntax && node is not GlobalStatementSyntax)
        .Select(static node => node switch
        {
            BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
            AccessorDeclarationSyntax accessor => (SyntaxNode?)accessor.Body ?? accessor.ExpressionBody,
            PropertyDeclarationSyntax property => property.ExpressionBody,
            IndexerDeclarationSyntax indexer => indexer.ExpressionBody,
            _ => null,
        })
        .OfType<SyntaxNode>();

    private static SyntaxNode Skeleton(SyntaxNode root, IEnumerable<SyntaxNode> bodies) => root.ReplaceNodes(
        bodies,
        static (body, _) => body is BlockSyntax
            ? SyntaxFactory.Block()
            : SyntaxFactory.ArrowExpressionClause(SyntaxFactory.LiteralExpression(SyntaxKind.DefaultLiteralExpression)));

    // Where a call stands in its file is part of what is written for it, and moves with every edit above it; the callers' own bodies say what is called.
    private static string? GeneratedChange(ProjectCode before, ProjectCode after)
    {
        Dictionary<string, SyntaxTree> former = before.Generated.ToDictionary(static tree => tree.FilePath, StringComparer.Ordinal);
        SyntaxTree[] now = [.. after.Generated];
        SyntaxTree? changed = now.FirstOrDefault(tree => !former.TryGetValue(tree.FilePath, out SyntaxTree? old)
            || (old != tree && !old.GetText().ContentEquals(tree.GetText()) && !SyntaxFactory.AreEquivalent(WithoutCallSites(old), WithoutCallSites(tree), topLevel: false)));
        return changed is null && now.Length == former.Count ? null : $"what a generator writes changes ({(changed is null ? "a file less" : Path.GetFileName(changed.FilePath))})";
    }

    private static SyntaxNode WithoutCallSites(SyntaxTree tree)
    {
        SyntaxNode root = tree.GetRoot();
        return root.RemoveNodes(
            root.DescendantNodes().OfType<AttributeListSyntax>().Where(static list => list.Attributes.All(static one => one.Name.ToString().EndsWith(CallSiteAttribute, StringComparison.Ordinal))),
            SyntaxRemoveOptions.KeepNoTrivia)!;
    }
}
