using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <content>Remote classes among the data of a signature: their objects stay in their workers, so that at best a copy travels.</content>
internal sealed partial class ShapeCollector
{
    /// <summary>What to send in a remote object's place.</summary>
    private const string InPlaceOfTheObject = "an object of a remote class stays in its worker: pass its name, and attach to it there";

    /// <summary>Whether a class is remote: by <c>[Remote]</c> on it, or by this assembly's <c>[assembly: Remote&lt;T&gt;]</c>.</summary>
    /// <param name="type">The class.</param>
    public bool IsRemoteClass(INamedTypeSymbol type) => type.TypeKind == TypeKind.Class
        && (type.OriginalDefinition.Attribute(RuntimeNames.RemoteAttribute) is not null
            || Compilation.Assembly.GetAttributes().Any(one => one.AttributeClass is { IsGenericType: true } attribute
                && attribute.Is("Runhouse", "RemoteAttribute`1") && SymbolEqualityComparer.Default.Equals(attribute.TypeArguments[0], type)));

    /// <summary>As data, a remote class may be what it holds. When it cannot be, no remedy for its members would give the user the object.</summary>
    private TypeShape? MakeRemoteObject(INamedTypeSymbol type, string key, string name, string path)
    {
        int problems = _problems.Count;
        TypeShape? made = MakeObject(type, key, name, path);
        if (_problems.Count == problems)
            return made;
        _problems.RemoveRange(problems, _problems.Count - problems);
        return Problem(SerializableRules.Unserializable, type, path, InPlaceOfTheObject);
    }

    // Of this project's own proxies the generator has said it: it does not see them, and the analyzer, which does, has nothing to add.
    private static Refusal? RefuseProxy(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is { SpecialType: SpecialType.None }; at = at.BaseType)
        {
            if (at.Is("Runhouse", "RemoteObject"))
                return Own(type) is null ? new(SerializableRules.Unserializable, "a proxy stays in its process: pass the object's name, and attach to it there") : new(SerializableRules.UnknownType);
        }

        return null;
    }
}
