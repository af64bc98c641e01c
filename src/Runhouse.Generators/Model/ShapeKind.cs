namespace Runhouse.Generators.Model;

/// <summary>How a type is laid out on the wire.</summary>
internal enum ShapeKind
{
    /// <summary>Its underlying integer.</summary>
    Enum,

    /// <summary>Nil, or its value.</summary>
    Nullable,

    /// <summary>Primitives as one little-endian block.</summary>
    Block,

    /// <summary>A block or a list behind the lengths of its dimensions.</summary>
    Grid,

    /// <summary>A list of values.</summary>
    Collection,

    /// <summary>A map of keys and values.</summary>
    Dictionary,

    /// <summary>A list of the elements.</summary>
    Tuple,

    /// <summary>Its members: an array in ordinal order of their names, or a map by name.</summary>
    Object,

    /// <summary>A tag, then the declared subtype that it stands for.</summary>
    Union,

    /// <summary>Bytes that the application's own MessagePack wrote.</summary>
    Encoded,

    /// <summary>The id of a value that stays where it is.</summary>
    Reference,
}
