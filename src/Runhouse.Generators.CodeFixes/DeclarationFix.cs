using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A fix that needs nothing but the piece of syntax that it changes, and is always called the same.</summary>
/// <typeparam name="TNode">What is changed.</typeparam>
/// <param name="rule">The rule's id.</param>
/// <param name="title">What the editor offers.</param>
public abstract class DeclarationFix<TNode>(string rule, string title) : RuleFix<TNode>(rule)
    where TNode : SyntaxNode
{
    /// <inheritdoc/>
    protected sealed override async Task<CodeAction?> OfferAsync(
        Diagnostic diagnostic, Document document, SyntaxNode root, TNode node, CancellationToken cancellationToken)
        => await CanChangeAsync(document, node, cancellationToken).ConfigureAwait(false)
            ? CodeAction.Create(title, token => ChangeAsync(document, root, node, token), Rule)
            : null;

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
}
