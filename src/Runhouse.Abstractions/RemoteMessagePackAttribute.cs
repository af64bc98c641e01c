namespace Runhouse;

/// <summary>
/// Names the options with which the application's own MessagePack writes values that travel, for types with <c>[MessagePackObject]</c> or a formatter
/// of their own, and the further types that only those options know: <c>[assembly: RemoteMessagePack(typeof(Formats), nameof(Formats.Options), typeof(Vector))]</c>.
/// </summary>
/// <param name="holder">The type with the options.</param>
/// <param name="member">Its static field or property of type <c>MessagePackSerializerOptions</c>.</param>
/// <param name="types">Types without an attribute of their own that these options write.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class RemoteMessagePackAttribute(Type holder, string member, params Type[] types) : Attribute
{
    /// <summary>The type with the options.</summary>
    public Type Holder { get; } = holder;

    /// <summary>Its static field or property of type <c>MessagePackSerializerOptions</c>.</summary>
    public string Member { get; } = member;

    /// <summary>Types without an attribute of their own that these options write.</summary>
    public IReadOnlyList<Type> Types { get; } = types;
}
