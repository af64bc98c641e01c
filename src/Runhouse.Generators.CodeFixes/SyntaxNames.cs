using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace Runhouse.Generators.CodeFixes;

/// <summary>Names as fixes write them: fully qualified, and shortened by the editor where the usings allow it.</summary>
internal static class SyntaxNames
{
    /// <summary>A type that the editor shortens.</summary>
    /// <param name="name">Its name with namespace.</param>
    public static TypeSyntax Simplified(string name) => SyntaxFactory.ParseTypeName("global::" + name).WithAdditionalAnnotations(Simplifier.Annotation);

    /// <summary>A list with one attribute that the editor shortens.</summary>
    /// <param name="name">The attribute's name with namespace, without its suffix.</param>
    public static AttributeListSyntax Attribute(string name) => SyntaxFactory.AttributeList(
        SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Attribute(SyntaxFactory.ParseName("global::" + name).WithAdditionalAnnotations(Simplifier.Annotation))));
}
