using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// What the declarations of one file say without being bound. Each tree is looked at once; an edit makes one new tree, and the others keep what is
/// known of them.
/// </summary>
internal sealed class TreeDeclarations
{
    private static readonly ConditionalWeakTable<SyntaxTree, TreeDeclarations> ByTree = new();

    private TreeDeclarations(SyntaxTree tree, CancellationToken cancellationToken)
    {
        var walker = new Walker(this);
        walker.Visit(tree.GetRoot(cancellationToken));
        Hash = walker.Hash;
    }

    /// <summary>The hash of the text of all declarations: without bodies, blanks and comments.</summary>
    public ulong Hash { get; }

    /// <summary>The methods, classes and compilation units with attributes, each with the last part of an attribute's name.</summary>
    public List<(SyntaxNode Node, string Attribute)> Attributed { get; } = [];

    /// <summary>The classes that look like exceptions.</summary>
    public List<ClassDeclarationSyntax> Exceptions { get; } = [];

    /// <summary>The aliases of types, each with the last part of the type's name: an attribute may go by one.</summary>
    public List<(string Alias, string Target)> Aliases { get; } = [];

    /// <summary>Looks at a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static TreeDeclarations Of(SyntaxTree tree, CancellationToken cancellationToken)
        => ByTree.TryGetValue(tree, out TreeDeclarations? known) ? known : ByTree.GetValue(tree, one => new TreeDeclarations(one, cancellationToken));

    private static string? NameOf(TypeSyntax? type) => type switch
    {
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax alias => alias.Name.Identifier.ValueText,
        _ => null,
    };

    // The name of the base class is all that can be seen without binding.
    private static bool MayBeException(ClassDeclarationSyntax node) => node.BaseList?.Types is { Count: > 0 } bases && NameOf(bases[0].Type) is { } name
        && (name.EndsWith("Exception", StringComparison.Ordinal) || name.EndsWith("Error", StringComparison.Ordinal));

    private sealed class Walker(TreeDeclarations declarations) : CSharpSyntaxWalker(SyntaxWalkerDepth.Token)
    {
        public ulong Hash { get; private set; }

        public override void VisitToken(SyntaxToken token)
        {
            Hash = StableHash.Combine(Hash, StableHash.Of(token.Text));
            if (!token.ContainsDirectives)
                return;

            // What is nullable is said by directives as well.
            foreach (SyntaxTrivia trivia in token.LeadingTrivia)
            {
                if (trivia.IsDirective)
                    Hash = StableHash.Combine(Hash, StableHash.Of(trivia.ToString()));
            }
        }

        public override void VisitBlock(BlockSyntax node)
        {
            // What a constructor passes on is looked at; nobody sees the body of anything else from outside.
            if (node.Parent is (BaseMethodDeclarationSyntax or AccessorDeclarationSyntax) and not ConstructorDeclarationSyntax)
                SkipBody();
            else
                base.VisitBlock(node);
        }

        public override void VisitArrowExpressionClause(ArrowExpressionClauseSyntax node)
        {
            if (node.Parent is ConstructorDeclarationSyntax)
                base.VisitArrowExpressionClause(node);
            else
                SkipBody();
        }

        public override void VisitGlobalStatement(GlobalStatementSyntax node) => SkipBody();

        public override void VisitAttribute(AttributeSyntax node)
        {
            if (node.Parent?.Parent is MethodDeclarationSyntax or ClassDeclarationSyntax or RecordDeclarationSyntax or CompilationUnitSyntax && NameOf(node.Name) is { } name)
                declarations.Attributed.Add((node.Parent.Parent, name));
            base.VisitAttribute(node);
        }

        public override void VisitClassDeclaration(ClassDeclarationSyntax node)
        {
            if (MayBeException(node))
                declarations.Exceptions.Add(node);
            base.VisitClassDeclaration(node);
        }

        public override void VisitUsingDirective(UsingDirectiveSyntax node)
        {
            if (node.Alias is { } alias && NameOf(node.NamespaceOrType) is { } target)
                declarations.Aliases.Add((alias.Name.Identifier.ValueText, target));
            base.VisitUsingDirective(node);
        }

        private void SkipBody() => Hash = StableHash.Combine(Hash, 1);
    }
}
