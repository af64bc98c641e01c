using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Runhouse.Generators.CodeFixes;

/// <summary>A class with a method that looks like disposal implements the interface that makes it one, where the method fits.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class DisposalFix() : DeclarationFix<MethodDeclarationSyntax>("RH0021", "Implement the interface")
{
    /// <inheritdoc/>
    protected override async Task<bool> CanChangeAsync(Document document, MethodDeclarationSyntax node, CancellationToken cancellationToken)
    {
        SemanticModel? model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        ITypeSymbol? result = model?.GetTypeInfo(node.ReturnType, cancellationToken).Type;
        return IsSynchronous(node) ? result?.SpecialType == SpecialType.System_Void : result?.ToDisplayString() == "System.Threading.Tasks.ValueTask";
    }

    /// <inheritdoc/>
    protected override async Task<Solution> ChangeAsync(Document document, SyntaxNode root, MethodDeclarationSyntax node, CancellationToken cancellationToken)
    {
        DocumentEditor editor = await DocumentEditor.CreateAsync(document, cancellationToken).ConfigureAwait(false);
        editor.AddInterfaceType(node.FirstAncestorOrSelf<TypeDeclarationSyntax>()!, SyntaxNames.Simplified(IsSynchronous(node) ? "System.IDisposable" : "System.IAsyncDisposable"));
        return editor.GetChangedDocument().Project.Solution;
    }

    private static bool IsSynchronous(MethodDeclarationSyntax method) => method.Identifier.ValueText == "Dispose";
}
