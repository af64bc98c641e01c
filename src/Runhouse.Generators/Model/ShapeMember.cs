namespace Runhouse.Generators.Model;

/// <summary>A member of an object as it travels.</summary>
/// <param name="Name">The member's name: on the wire, and in C#.</param>
/// <param name="Shape">Its type.</param>
internal sealed record ShapeMember(string Name, ShapeRef Shape)
{
    /// <summary>The position of the constructor parameter that sets it; -1 when none does.</summary>
    public int Parameter { get; init; } = -1;

    /// <summary>The default of that parameter, as C# text; null when it has none.</summary>
    public string? ParameterDefault { get; init; }

    /// <summary>Whether it is set in the object's initializer: it is <c>init</c> or <c>required</c>.</summary>
    public bool IsInit { get; init; }

    /// <summary>Whether the language wants it set: it is <c>required</c>.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether whoever writes the object without its type may leave it out: it can be null, or the type gives it a value.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The tag of a union's case.</summary>
    public string Tag { get; init; } = "";
}
