using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A fix of one rule, for one piece of syntax around the place that it reports, alone or for all occurrences.</summary>
/// <typeparam name="TNode">What is changed.</typeparam>
/// <param name="rule">The rule's id.</param>
public abstract class RuleFix<TNode>(string rule) : CodeFixProvider
    where TNode : SyntaxNode
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; } = [rule];

    /// <summary>The rule's id.</summary>
    protected string Rule => rule;

    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (PlaceOf(diagnostic) is not { SourceTree: { } tree } place || context.Document.Project.Solution.GetDocument(tree) is not { } document)
                continue;
            SyntaxNode root = await tree.GetRootAsync(context.CancellationToken).ConfigureAwait(false);
            if (root.FindNode(place.SourceSpan, getInnermostNodeForTie: true).FirstAncestorOrSelf<TNode>(IsMeant) is not { } node)
                continue;
            if (await OfferAsync(diagnostic, document, root, node, context.CancellationToken).ConfigureAwait(false) is { } action)
                context.RegisterCodeFix(action, diagnostic);
        }
    }

    /// <summary>Where to change: what the rule reports, or its second place.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    protected virtual Location? PlaceOf(Diagnostic diagnostic) => diagnostic.Location;

    /// <summary>Whether a node around the place is the one to change; if not, one further out may be.</summary>
    /// <param name="node">The node.</param>
    protected virtual bool IsMeant(TNode node) => true;

    /// <summary>What the editor offers; null when the fix does not know what to do.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    /// <param name="document">The file.</param>
    /// <param name="root">Its root.</param>
    /// <param name="node">What is changed.</param>
    /// <param name="cancellationToken">Stops.</param>
    protected abstract Task<CodeAction?> OfferAsync(Diagnostic diagnostic, Document document, SyntaxNode root, TNode node, CancellationToken cancellationToken);

    /// <summary>The solution with one node replaced.</summary>
    /// <param name="document">The file.</param>
    /// <param name="root">Its root.</param>
    /// <param name="node">The node.</param>
    /// <param name="changed">What it becomes.</param>
    protected static Task<Solution> Replaced(Document document, SyntaxNode root, SyntaxNode node, SyntaxNode changed)
        => Task.FromResult(document.WithSyntaxRoot(root.ReplaceNode(node, changed)).Project.Solution);
}
