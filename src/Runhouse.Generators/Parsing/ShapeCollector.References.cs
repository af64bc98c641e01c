using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <content>References to values that stay where they are.</content>
internal sealed partial class ShapeCollector
{
    /// <summary>The type of the value that a <c>RemoteRef&lt;T&gt;</c> leads to; null for any other type.</summary>
    /// <param name="type">The type.</param>
    public static ITypeSymbol? ReferencedType(ITypeSymbol type)
        => type.Is("Runhouse", "RemoteRef`1") ? ((INamedTypeSymbol)type).TypeArguments[0] : null;

    /// <summary>The value is serialized when it is fetched, which nobody may ever do: a type that cannot travel is no problem by itself.</summary>
    private TypeShape? MakeReference(INamedTypeSymbol type, ITypeSymbol referenced, string key, string name, string path)
    {
        if (!TakesReferences)
            return Problem(SerializableRules.Unserializable, type, path, "an item of a stream, a report and a kept state may leave nobody to dispose it: use a list of references as result or parameter");
        int problems = _problems.Count;
        int objects = _objects.Count;
        var before = new HashSet<string>(_shapes.Keys, StringComparer.Ordinal);
        ShapeRef value = Visit(referenced, path + ".Value");

        // A remote object that a reference leads to stays where it is, as it should.
        for (int i = _objects.Count - 1; i >= objects; i--)
        {
            if (IsRemoteClass(_objects[i].Item1))
                _objects.RemoveAt(i);
        }

        if (_problems.Count == problems)
            return new TypeShape(key, name, ShapeKind.Reference) { Elements = Refs(value) };

        // As if the value had never been looked at: what it reaches may be reached in another way, and then it matters.
        _problems.RemoveRange(problems, _problems.Count - problems);
        _objects.RemoveRange(objects, _objects.Count - objects);
        foreach (string added in _shapes.Keys.Where(one => !before.Contains(one)).ToList())
            _shapes.Remove(added);
        return new TypeShape(key, name, ShapeKind.Reference);
    }
}
