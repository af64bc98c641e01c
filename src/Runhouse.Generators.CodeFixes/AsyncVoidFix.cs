using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary><c>async void</c> becomes <c>async Task</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AsyncVoidFix() : DeclarationFix<MethodDeclarationSyntax>("RH0018", "Return Task")
{
    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, MethodDeclarationSyntax node, CancellationToken cancellationToken)
        => Replaced(document, root, node.ReturnType, SyntaxNames.Simplified("System.Threading.Tasks.Task").WithTriviaFrom(node.ReturnType));
}
