using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <content>Arrays, collections and dictionaries.</content>
internal sealed partial class ShapeCollector
{
    private static readonly CollectionTemplate Array = new("value.Length", "", "", "") { Span = "value" };

    private TypeShape? MakeArray(IArrayTypeSymbol array, string key, string name, string path)
    {
        ShapeRef element = Visit(array.ElementType, path + "[]");
        bool isBlock = Primitives.IsBlock(array.ElementType);
        if (array.Rank > 1)
            return new TypeShape(key, name, ShapeKind.Grid) { Rank = array.Rank, Elements = Refs(element), WireName = isBlock ? "block" : "", Template = new("", "new " + Sized(array, Lengths(array.Rank)), "", "") };
        if (isBlock)
            return new TypeShape(key, name, ShapeKind.Block) { Elements = Refs(element), Template = Array with { Finish = "result" } };
        return new TypeShape(key, name, ShapeKind.Collection)
        {
            Elements = Refs(element),
            Template = new("value.Length", "new " + Sized(array, "count"), "result[i] = item;", "result"),
        };
    }

    // new int[count][] for int[][]: the size goes into the first brackets, and annotations have no place in it.
    private static string Sized(IArrayTypeSymbol array, string size)
    {
        string suffix = "";
        ITypeSymbol element = array.ElementType;
        for (; element is IArrayTypeSymbol inner; element = inner.ElementType)
            suffix += "[" + new string(',', inner.Rank - 1) + "]";
        return element.ToDisplayString(TypeNames.FullyQualified) + "[" + size + "]" + suffix;
    }

    private static string Lengths(int rank) => string.Join(", ", Enumerable.Range(0, rank).Select(static i => "length" + i));

    private TypeShape? MakeCollection(INamedTypeSymbol type, string key, string name, string path)
    {
        string definition = type.OriginalDefinition.ToDisplayString(TypeNames.Stable);
        if (type.TypeArguments.Length == 1)
        {
            string item = type.TypeArguments[0].ToDisplayString(TypeNames.FullyQualified);
            if (Primitives.IsBlock(type.TypeArguments[0]) && CollectionTemplates.Block(definition, item) is { } block)
                return new TypeShape(key, name, ShapeKind.Block) { Elements = Refs(Visit(type.TypeArguments[0], path + "[]")), Template = block };
            if (CollectionTemplates.Collection(definition, item) is { } template)
                return new TypeShape(key, name, ShapeKind.Collection) { Elements = Refs(Visit(type.TypeArguments[0], path + "[]")), Template = template };
        }

        if (type.TypeArguments.Length == 2)
        {
            string keyName = type.TypeArguments[0].ToDisplayString(TypeNames.FullyQualified);
            string item = type.TypeArguments[1].ToDisplayString(TypeNames.FullyQualified);
            if (CollectionTemplates.Dictionary(definition, keyName, item) is { } template)
                return MakeDictionary(type.TypeArguments[0], type.TypeArguments[1], template);
            if (definition == "System.Collections.Generic.KeyValuePair<TKey, TValue>")
            {
                return new TypeShape(key, name, ShapeKind.Object)
                {
                    Members = new(
                    [
                        new ShapeMember("Key", Visit(type.TypeArguments[0], path + ".Key")) { Parameter = 0 },
                        new ShapeMember("Value", Visit(type.TypeArguments[1], path + ".Value")) { Parameter = 1 },
                    ]),
                };
            }
        }

        // A collection class of the application's own: it is filled as it fills itself.
        if (type.IsAbstract || !HasPublicParameterlessConstructor(type))
            return null;
        string made = type.ToDisplayString(TypeNames.Unannotated);
        if (type.AllInterfaces.Any(static one => one.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_ICollection_T))
        {
            // What the class adds to its items stays behind.
            foreach (DataMember member in DataMembers(type).Where(static one => one is { IsSettable: true, Symbol: IPropertySymbol or IFieldSymbol } && one.Symbol.Locations.Any(static place => place.IsInSource)))
                Problem(SerializableRules.LostMember, member.Type, type.ToDisplayString(TypeNames.Plain) + "." + member.Symbol.Name, "a collection travels as its items, so put it into a class beside them, or leave it out with [JsonIgnore]", member.Symbol);
        }

        if (Implemented(type, "System.Collections.Generic.IDictionary<TKey, TValue>") is { } dictionary)
        {
            string face = dictionary.ToDisplayString(TypeNames.FullyQualified);
            return MakeDictionary(
                dictionary.TypeArguments[0],
                dictionary.TypeArguments[1],
                new($"(({face})value).Count", $"new {made}()", $"(({face})result)[key] = item;", "result") { Source = $"(({face})value)" });
        }

        if (Implemented(type, "System.Collections.Generic.ICollection<T>") is { } collection)
        {
            string face = collection.ToDisplayString(TypeNames.FullyQualified);
            return new TypeShape(key, name, ShapeKind.Collection)
            {
                Elements = Refs(Visit(collection.TypeArguments[0], path + "[]")),
                Template = new($"(({face})value).Count", $"new {made}()", $"(({face})result).Add(item);", "result") { Source = $"(({face})value)" },
            };
        }

        return null;

        TypeShape MakeDictionary(ITypeSymbol keyType, ITypeSymbol itemType, CollectionTemplate template) => new(key, name, ShapeKind.Dictionary)
        {
            Elements = Refs(Visit(keyType, path + ".Keys[]"), Visit(itemType, path + "[]")),
            Template = template,
        };
    }

    private static INamedTypeSymbol? Implemented(INamedTypeSymbol type, string definition)
        => type.AllInterfaces.FirstOrDefault(one => one.OriginalDefinition.ToDisplayString(TypeNames.Stable) == definition);

    private static bool HasPublicParameterlessConstructor(INamedTypeSymbol type)
        => type.InstanceConstructors.Any(static one => one.Parameters.IsEmpty && one.DeclaredAccessibility == Accessibility.Public);
}
