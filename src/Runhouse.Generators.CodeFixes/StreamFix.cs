using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A parameter or a result that is an open stream becomes a stream of byte arrays.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class StreamFix() : DeclarationFix<TypeSyntax>("RH0032", "Use IAsyncEnumerable<byte[]>")
{
    /// <inheritdoc/>
    protected override async Task<bool> CanChangeAsync(Document document, TypeSyntax node, CancellationToken cancellationToken)
    {
        SemanticModel? model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        ITypeSymbol? type = model?.GetTypeInfo(node, cancellationToken).Type;
        if (node.Parent is MethodDeclarationSyntax && type is INamedTypeSymbol { Name: "Task" or "ValueTask", TypeArguments.Length: 1 } task)
            type = task.TypeArguments[0];
        return node.Parent is MethodDeclarationSyntax or ParameterSyntax && type?.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString() == "System.IO.Stream";
    }

    /// <inheritdoc/>
    protected override Task<Solution> ChangeAsync(Document document, SyntaxNode root, TypeSyntax node, CancellationToken cancellationToken)
        => Replaced(document, root, node, SyntaxNames.Simplified("System.Collections.Generic.IAsyncEnumerable<byte[]>").WithTriviaFrom(node));
}
