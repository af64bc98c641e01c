namespace Runhouse.Generators.Model;

/// <summary>How a type is laid out on the wire, for the emitter of its serializer.</summary>
/// <param name="Key">Names the shape.</param>
/// <param name="TypeName">The type as C# text.</param>
internal sealed record TypeShape(string Key, string TypeName);
