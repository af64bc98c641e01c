using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the code that writes and reads values.</summary>
/// <param name="contractNamespace">The namespace of the assembly's generated code.</param>
internal sealed class SerializerEmitter(string contractNamespace)
{
    private readonly string _serializers = "global::" + contractNamespace + ".Serializers";

    /// <summary>A statement that writes a value.</summary>
    /// <param name="shape">The value's type.</param>
    /// <param name="writer">The writer's variable.</param>
    /// <param name="value">The value's expression.</param>
    public string WriteStatement(ShapeRef shape, string writer, string value) => shape.Key switch
    {
        "Int32" or "Double" or "Boolean" => $"{writer}.Write{shape.Key}({value});",
        "String" or "NullableString" => $"{writer}.WriteString({value});",
        _ => $"{_serializers}.Write{shape.Key}(ref {writer}, {value});",
    };

    /// <summary>An expression that reads a value.</summary>
    /// <param name="shape">The value's type.</param>
    /// <param name="reader">The reader's variable.</param>
    public string ReadExpression(ShapeRef shape, string reader) => shape.Key switch
    {
        "Int32" or "Double" or "Boolean" => $"{reader}.Read{shape.Key}()",
        "String" => $"{reader}.ReadString()!",
        "NullableString" => $"{reader}.ReadString()",
        _ => $"{_serializers}.Read{shape.Key}(ref {reader})",
    };

    /// <summary>An expression of type <c>WireRead&lt;T&gt;</c>.</summary>
    /// <param name="shape">The value's type.</param>
    public string ReadDelegate(ShapeRef shape)
        => $"static (ref {RuntimeNames.WireReader} reader) => {ReadExpression(shape, "reader")}";

    /// <summary>An expression of type <c>WireWrite&lt;T&gt;</c>.</summary>
    /// <param name="shape">The value's type.</param>
    public string WriteDelegate(ShapeRef shape)
        => $"static (ref {RuntimeNames.WireWriter} writer, {shape.TypeName} value) => {{ {WriteStatement(shape, "writer", "value")} }}";

    /// <summary>Writes the serializers of an assembly.</summary>
    /// <param name="source">Where the file goes.</param>
    /// <param name="shapes">The distinct shapes, in ordinal order of their keys.</param>
    public void EmitSerializers(SourceWriter source, EquatableArray<TypeShape> shapes)
    {
        source.Line($"namespace {contractNamespace};");
        source.Line();
        source.Line(RuntimeNames.GeneratedCode);
        source.Open("internal static partial class Serializers");
        source.Close();
    }
}
