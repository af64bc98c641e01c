namespace Runhouse.Generators.Model;

/// <summary>How a type is laid out on the wire, for the emitter of its serializer.</summary>
/// <param name="Key">Names the shape.</param>
/// <param name="TypeName">The type as C# text, without a nullable annotation of its own.</param>
/// <param name="Kind">The layout.</param>
internal sealed record TypeShape(string Key, string TypeName, ShapeKind Kind)
{
    /// <summary>Whether it can be null.</summary>
    public bool IsReference { get; init; }

    /// <summary>The element types: one for collections, two for dictionaries, all for tuples, the underlying one of an enum or a nullable, that of a reference if it can travel.</summary>
    public EquatableArray<ShapeRef> Elements { get; init; }

    /// <summary>The members of an object in ordinal order of their names, or the cases of a union, most derived first.</summary>
    public EquatableArray<ShapeMember> Members { get; init; }

    /// <summary>The names of an enum's constants with the numbers that travel, <c>Large: 7</c>.</summary>
    public EquatableArray<string> Constants { get; init; }

    /// <summary>How a collection is gone through and made again.</summary>
    public CollectionTemplate? Template { get; init; }

    /// <summary>Whether a value may be of a derived class, of which only this class's members would travel.</summary>
    public bool MayBeDerived { get; init; }

    /// <summary>The number of dimensions of a grid.</summary>
    public int Rank { get; init; }

    /// <summary>The options of the application's own MessagePack, as C# text.</summary>
    public string Options { get; init; } = "";

    /// <summary>What identifies it on the wire beside its parts: the name of an enum's integer or of an encoded type.</summary>
    public string WireName { get; init; } = "";
}
