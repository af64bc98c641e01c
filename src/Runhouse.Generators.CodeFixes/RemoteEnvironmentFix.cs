using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Runhouse.Generators.CodeFixes;

/// <summary>The remote member that reads an environment variable, or its remote class, declares it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RemoteEnvironmentFix : CodeFixProvider
{
    private const string Rule = "RH0110";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rule];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (diagnostic.Properties.GetValueOrDefault("Name") is not { } name || diagnostic.AdditionalLocations.Count == 0)
                continue;
            Location place = diagnostic.AdditionalLocations[0];
            if (place.SourceTree is not { } tree || context.Document.Project.Solution.GetDocument(tree) is not { } document)
                continue;
            SyntaxNode root = await tree.GetRootAsync(context.CancellationToken).ConfigureAwait(false);
            MemberDeclarationSyntax? member = root.FindNode(place.SourceSpan).AncestorsAndSelf().OfType<MemberDeclarationSyntax>().FirstOrDefault(IsRemote);
            if (member is null)
                continue;
            string where = member is BaseTypeDeclarationSyntax type ? type.Identifier.ValueText : ((MethodDeclarationSyntax)member).Identifier.ValueText;
            context.RegisterCodeFix(
                CodeAction.Create($"Declare '{name}' on '{where}'", _ => Task.FromResult(document.WithSyntaxRoot(Declare(root, member, name)).Project.Solution), Rule + name),
                diagnostic);
        }
    }

    // What carries [Remote]: the function or the class.
    private static bool IsRemote(MemberDeclarationSyntax member) => member is MethodDeclarationSyntax or BaseTypeDeclarationSyntax
        && member.AttributeLists.SelectMany(static list => list.Attributes).Any(static one => one.Name.ToString() is "Remote" or "RemoteAttribute" or "Runhouse.Remote");

    private static SyntaxNode Declare(SyntaxNode root, MemberDeclarationSyntax member, string name)
    {
        AttributeListSyntax list = SyntaxNames.Attribute("Runhouse.RemoteEnvironment");
        AttributeSyntax attribute = list.Attributes[0].WithArgumentList(SyntaxFactory.AttributeArgumentList(SyntaxFactory.SingletonSeparatedList(
            SyntaxFactory.AttributeArgument(SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(name))))));
        AttributeListSyntax first = member.AttributeLists[0];
        return root.ReplaceNode(first, first.AddAttributes(attribute.WithLeadingTrivia(SyntaxFactory.Space)));
    }
}
