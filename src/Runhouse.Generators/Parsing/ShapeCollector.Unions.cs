using System.Globalization;
using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <content>Types with declared subtypes.</content>
internal sealed partial class ShapeCollector
{
    /// <summary>The declared subtypes with their tags: <c>[JsonDerivedType(typeof(Cat), "cat")]</c> on the base type.</summary>
    private static List<(INamedTypeSymbol Type, string Tag)> Union(INamedTypeSymbol type)
    {
        List<(INamedTypeSymbol, string)> cases = [];
        foreach (AttributeData attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass?.ToDisplayString(TypeNames.Stable) != "System.Text.Json.Serialization.JsonDerivedTypeAttribute")
                continue;
            var arguments = attribute.ConstructorArguments;
            if (arguments.Length > 0 && arguments[0].Value is INamedTypeSymbol derived)
                cases.Add((derived, arguments.Length > 1 && arguments[1].Value is { } tag ? Convert.ToString(tag, CultureInfo.InvariantCulture)! : derived.Name));
        }

        return cases;
    }

    private TypeShape? MakeUnion(INamedTypeSymbol type, List<(INamedTypeSymbol Type, string Tag)> cases, string key, string name, string path)
    {
        if (!type.IsAbstract && type.TypeKind != TypeKind.Interface && !cases.Any(one => SymbolEqualityComparer.Default.Equals(one.Type, type)))
            cases.Add((type, ""));
        if (cases.GroupBy(static one => one.Tag, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            return Problem(SerializableRules.Unserializable, type, path, $"two of its declared subtypes have the tag '{twice.Key}': give each a tag of its own", type);

        var members = new List<ShapeMember>();
        foreach ((INamedTypeSymbol subtype, string tag) in cases.OrderByDescending(static one => Depth(one.Type)).ThenBy(static one => one.Tag, StringComparer.Ordinal))
        {
            if (Refuse(subtype) is { } refusal)
            {
                Problem(refusal.Rule, subtype, path + ":" + subtype.Name, refusal.Reason, type);
                continue;
            }

            // A case is laid out as itself, even when it declares subtypes of its own.
            string caseName = subtype.ToDisplayString(TypeNames.FullyQualified);
            string caseKey = "Case" + Key(subtype, caseName);
            if (!_shapes.ContainsKey(caseKey))
            {
                _shapes.Add(caseKey, null);
                TypeShape? made = MakeObject(subtype, caseKey, caseName, path + ":" + subtype.Name);
                _shapes[caseKey] = made is null ? null : made with { IsReference = subtype.IsReferenceType };
            }

            members.Add(new ShapeMember(subtype.Name, new ShapeRef(caseName, caseKey, 0) { IsReference = subtype.IsReferenceType }) { Tag = tag });
        }

        return new TypeShape(key, name, ShapeKind.Union) { Members = new(members) };

        static int Depth(INamedTypeSymbol type)
        {
            int depth = 0;
            for (INamedTypeSymbol? at = type.BaseType; at is not null; at = at.BaseType)
                depth++;
            return depth;
        }
    }
}
