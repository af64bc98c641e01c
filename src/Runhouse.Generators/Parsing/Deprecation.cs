using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>Members and types that their callers are warned of: obsolete or experimental ones.</summary>
internal static class Deprecation
{
    /// <summary>What to do with a remote type that is obsolete as an error.</summary>
    public const string Remedy = "its [Obsolete] is an error, so that no code can call it: let it be a warning, or take [Remote] away";

    private const string Obsolete = "System.ObsoleteAttribute";
    private const string Experimental = "System.Diagnostics.CodeAnalysis.ExperimentalAttribute";

    /// <summary>The attributes that the generated form of a member repeats, as code; empty for none.</summary>
    /// <param name="member">The member.</param>
    public static string Marks(ISymbol member)
    {
        if (member.GetAttributes().IsEmpty)
            return "";
        string marks = "";
        if (member.Attribute(Obsolete) is { } obsolete)
            marks = "[global::" + Obsolete + "(" + string.Join(", ", obsolete.ConstructorArguments.Select(Literal)) + ")]";
        if (member.Attribute(Experimental) is { ConstructorArguments: [var id, ..] })
            marks += "[global::" + Experimental + "(" + Literal(id) + ")]";
        return marks;
    }

    /// <summary>Whether the compiler lets no code name a type, unless that code is obsolete itself.</summary>
    /// <param name="type">The type.</param>
    public static bool IsObsoleteAsError(this INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is not null; at = at.ContainingType)
        {
            if (at.Attribute(Obsolete) is { ConstructorArguments: [_, { Value: true }, ..] })
                return true;
        }

        return false;
    }

    private static string Literal(TypedConstant argument) => argument.Value is bool flag ? (flag ? "true" : "false") : Literals.Text(argument.Value as string);
}
