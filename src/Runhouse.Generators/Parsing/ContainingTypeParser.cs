using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads the names of a type with remote members, and the attribute's needs.</summary>
internal static class ContainingTypeParser
{
    private static readonly string[] NeedNames = ["Gpu", "Cpus", "Memory", "Disk", "Region", "Spot", "InstanceType", "Provider", "MaxPrice"];

    /// <summary>Reads the names of a type.</summary>
    /// <param name="type">The type.</param>
    public static ContainingTypeModel Parse(INamedTypeSymbol type) => new(
        type.ToDisplayString(TypeNames.Unannotated),
        DisplayName(type),
        TypeNames.Reflection(type),
        type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted)),
        BaseName(type),
        type.IsPublic() ? "public" : "internal",
        HasMember(type, "Remote"),
        HasMember(type, "RemoteAsync"),
        type.OriginalDefinition.GetDocumentationCommentId());

    /// <summary>The needs that an attribute states, as an expression of type <c>Resources</c>.</summary>
    /// <param name="attribute">The attribute.</param>
    public static string Needs(AttributeData attribute)
    {
        var arguments = NeedNames
            .Select(name => (Name: name, Value: attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value.Value as string))
            .Where(a => a.Value is not null)
            .Select(a => char.ToLowerInvariant(a.Name[0]) + a.Name.Substring(1) + ": " + Literals.Text(a.Value));
        string list = string.Join(", ", arguments);
        return list.Length == 0 ? RuntimeNames.NoResources : $"{RuntimeNames.Resources}.Parse({list})";
    }

    /// <summary>A number that an attribute states; 0 when it does not.</summary>
    /// <param name="attribute">The attribute, or null.</param>
    /// <param name="name">What it is called.</param>
    public static int Number(AttributeData? attribute, string name)
        => attribute?.NamedArguments.FirstOrDefault(a => a.Key == name).Value.Value as int? ?? 0;

    /// <summary>A member with what an attribute states about its calls; what the member's own has stated before stays.</summary>
    /// <param name="member">The member.</param>
    /// <param name="attribute">The attribute, or null.</param>
    public static RemoteMemberModel Stated(RemoteMemberModel member, AttributeData? attribute) => member with
    {
        Concurrency = member.Concurrency != 0 || member.Kind == MemberKind.Constructor ? member.Concurrency : Number(attribute, "Concurrency"),
        Retries = member.Retries != 0 ? member.Retries : Number(attribute, "Retries"),
        IsIdempotent = member.IsIdempotent || IsIdempotent(attribute),
    };

    /// <summary>Whether an attribute states that a second run of a call does no harm.</summary>
    /// <param name="attribute">The attribute, or null.</param>
    public static bool IsIdempotent(AttributeData? attribute)
        => attribute?.NamedArguments.FirstOrDefault(a => a.Key == "Idempotent").Value.Value is true;

    /// <summary>The type's name for messages, with the types around it.</summary>
    /// <param name="type">The type.</param>
    public static string DisplayName(INamedTypeSymbol type)
    {
        string name = type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat.WithMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.UseSpecialTypes));
        return type.ContainingType is { } outer ? DisplayName(outer) + "." + name : name;
    }

    private static string BaseName(INamedTypeSymbol type)
    {
        var name = new StringBuilder();
        if (type.ContainingType is { } outer)
            name.Append(BaseName(outer));
        name.Append(type.Name);
        for (int i = 0; i < type.TypeArguments.Length; i++)
            name.Append(i == 0 ? "Of" : "And").Append(ArgumentName(type.TypeArguments[i]));
        return name.ToString();
    }

    private static string ArgumentName(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => ArgumentName(array.ElementType) + "Array",
        INamedTypeSymbol named => BaseName(named),
        _ => type.Name,
    };

    private static bool HasMember(INamedTypeSymbol type, string name)
    {
        for (INamedTypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (!current.GetMembers(name).IsEmpty)
                return true;
        }

        return false;
    }
}
