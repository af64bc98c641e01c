using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// Semantic models that leave out the analysis of nullability, which goes through whole bodies and takes most of the time of binding one call in them.
/// The compiler's authors may still change how one asks for that; a compiler that does is asked for ordinary ones.
/// </summary>
internal static class QuickModels
{
    /// <summary>The model of a file.</summary>
    /// <param name="compilation">The compilation.</param>
    /// <param name="tree">The file.</param>
    public static SemanticModel Of(Compilation compilation, SyntaxTree tree)
    {
        try
        {
            return WithoutNullability(compilation, tree);
        }
        catch (Exception e) when (e is MissingMethodException or TypeLoadException)
        {
            return compilation.GetSemanticModel(tree);
        }
    }

#pragma warning disable RSEXPERIMENTAL001 // See above.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SemanticModel WithoutNullability(Compilation compilation, SyntaxTree tree)
        => compilation.GetSemanticModel(tree, SemanticModelOptions.DisableNullableAnalysis);
#pragma warning restore RSEXPERIMENTAL001
}
