using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the code that writes and reads values.</summary>
/// <param name="contractNamespace">The namespace of the assembly's generated code.</param>
internal sealed partial class SerializerEmitter(string contractNamespace)
{
    private readonly string _serializers = "global::" + contractNamespace + ".Serializers";

    /// <summary>A statement that writes a value.</summary>
    /// <param name="shape">The value's type.</param>
    /// <param name="writer">The writer's variable.</param>
    /// <param name="value">The value's expression.</param>
    public string WriteStatement(ShapeRef shape, string writer, string value)
        => shape.IsPrimitive ? $"{writer}.Write{shape.Key}({value});" : $"{_serializers}.Write{shape.Key}(ref {writer}, {value});";

    /// <summary>An expression that reads a value.</summary>
    /// <param name="shape">The value's type.</param>
    /// <param name="reader">The reader's variable.</param>
    public string ReadExpression(ShapeRef shape, string reader)
        // A null where none is allowed is what another build sent: as with a missing member, the receiving code sees the default.
        => shape.IsPrimitive ? $"{reader}.Read{shape.Key}()" : $"{_serializers}.Read{shape.Key}(ref {reader})";

    /// <summary>An expression of type <c>WireRead&lt;T&gt;</c>.</summary>
    /// <param name="shape">The value's type.</param>
    public string ReadDelegate(ShapeRef shape)
        => shape.IsPrimitive ? $"static (ref {RuntimeNames.WireReader} reader) => {ReadExpression(shape, "reader")}" : $"{_serializers}.Read{shape.Key}";

    /// <summary>An expression of type <c>WireWrite&lt;T&gt;</c>.</summary>
    /// <param name="shape">The value's type.</param>
    public string WriteDelegate(ShapeRef shape)
        => shape.IsPrimitive
            ? $"static (ref {RuntimeNames.WireWriter} writer, {shape.TypeName} value) => writer.Write{shape.Key}(value)"
            : $"{_serializers}.Write{shape.Key}";

    /// <summary>Writes the serializers of an assembly.</summary>
    /// <param name="source">Where the file goes.</param>
    /// <param name="shapes">The distinct shapes, in ordinal order of their keys.</param>
    public void EmitSerializers(SourceWriter source, EquatableArray<TypeShape> shapes)
    {
        source.Line($"namespace {contractNamespace};");
        source.Line();
        source.Line(RuntimeNames.GeneratedInternals);
        source.Open("internal static partial class Serializers");
        foreach (string options in shapes.Select(static shape => shape.Options).Where(static options => options.Length > 0).Distinct())
        {
            source.Line($"private static readonly global::MessagePack.MessagePackSerializerOptions {OptionsField(options)} = {options};");
            source.Line();
        }

        foreach (TypeShape shape in shapes)
        {
            EmitWrite(source, shape);
            source.Line();
            EmitRead(source, shape);
            source.Line();
        }

        source.Close();
    }

    private static string OptionsField(string options) => "Options" + StableHash.Literal(StableHash.Of(options)).Substring(2, 8);
}
