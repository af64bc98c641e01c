using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A fix that changes one piece of syntax around the place that a rule reports, alone or for all occurrences.</summary>
/// <typeparam name="TNode">What is changed.</typeparam>
/// <param name="rule">The rule's id.</param>
/// <param name="title">What the editor offers.</param>
public abstract class DeclarationFix<TNode>(string rule, string title) : CodeFixProvider
    where TNode : SyntaxNode
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; } = [rule];

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
            if (root.FindNode(place.SourceSpan, getInnermostNodeForTie: true).FirstAncestorOrSelf<TNode>() is not { } node)
                continue;
            if (await CanChangeAsync(document, node, context.CancellationToken).ConfigureAwait(false))
                context.RegisterCodeFix(CodeAction.Create(title, token => ChangeAsync(document, root, node, token), rule), diagnostic);
        }
    }

    /// <summary>Where to change: what the rule reports, or its second place.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    protected virtual Location? PlaceOf(Diagnostic diagnostic) => diagnostic.Location;

    /// <summary>Whether the fix knows what to do.</summary>
    /// <param name="document">The file.</param>
    /// <param name="node">What would be changed.</param>
    /// <param name="cancellationToken">Stops.</param>
    protected virtual Task<bool> CanChangeAsync(Document document, TNode node, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Makes the change.</summary>
    /// <param name="document">The file.</param>
    /// <param name="root">Its root.</param>
    /// <param name="node">What is changed.</param>
    /// <param name="cancellationToken">Stops.</param>
    protected abstract Task<Solution> ChangeAsync(Document document, SyntaxNode root, TNode node, CancellationToken cancellationToken);

    /// <summary>The solution with one node replaced.</summary>
    /// <param name="document">The file.</param>
    /// <param name="root">Its root.</param>
    /// <param name="node">The node.</param>
    /// <param name="changed">What it becomes.</param>
    protected static Task<Solution> Replaced(Document document, SyntaxNode root, SyntaxNode node, SyntaxNode changed)
        => Task.FromResult(document.WithSyntaxRoot(root.ReplaceNode(node, changed)).Project.Solution);
}
