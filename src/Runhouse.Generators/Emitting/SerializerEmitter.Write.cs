using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <content>The writing half of a serializer.</content>
internal sealed partial class SerializerEmitter
{
    private void EmitWrite(SourceWriter source, TypeShape shape)
    {
        string type = shape.IsReference ? shape.TypeName + "?" : shape.TypeName;
        source.Open($"internal static void Write{shape.Key}(ref {RuntimeNames.WireWriter} writer, {type} value)");
        string nil = shape switch
        {
            { Kind: ShapeKind.Encoded or ShapeKind.Reference } => "",
            { IsReference: true } => "value is null",
            { Kind: ShapeKind.Nullable } => "!value.HasValue",
            _ => shape.Template?.IsDefault ?? "",
        };
        if (nil.Length > 0)
        {
            source.Open($"if ({nil})");
            source.Lines("writer.WriteNil();\nreturn;");
            source.Close();
            source.Line();
        }

        switch (shape.Kind)
        {
            case ShapeKind.Enum:
                source.Line("if (!writer.TryWriteName(value))");
                source.Indent();
                source.Line(WriteStatement(shape.Elements[0], "writer", $"({shape.Elements[0].TypeName})value"));
                source.Outdent();
                break;
            case ShapeKind.Nullable:
                source.Line(WriteStatement(shape.Elements[0], "writer", "value.GetValueOrDefault()"));
                break;
            case ShapeKind.Block:
                source.Line($"writer.WriteBlock<{shape.Elements[0].TypeName}>({shape.Template!.Span});");
                break;
            case ShapeKind.Grid:
                WriteGrid(source, shape);
                break;
            case ShapeKind.Collection:
                WriteCollection(source, shape);
                break;
            case ShapeKind.Dictionary:
                WriteDictionary(source, shape);
                break;
            case ShapeKind.Tuple:
                source.Line($"writer.BeginArray({shape.Elements.Count});");
                for (int i = 0; i < shape.Elements.Count; i++)
                    source.Line(WriteStatement(shape.Elements[i], "writer", $"value.Item{i + 1}"));
                source.Line("writer.EndArray();");
                break;
            case ShapeKind.Object:
                WriteObject(source, shape);
                break;
            case ShapeKind.Union:
                WriteUnion(source, shape);
                break;
            case ShapeKind.Reference:
                source.Line($"writer.WriteReference(value, {(shape.Elements.Count == 0 ? "null" : WriteDelegate(shape.Elements[0]))});");
                break;
            case ShapeKind.Encoded:
                source.Line($"writer.WriteEncoded(global::MessagePack.MessagePackSerializer.Serialize<{type}>(value, {OptionsField(shape.Options)}));");
                break;
        }

        source.Close();
    }

    private void WriteCollection(SourceWriter source, TypeShape shape)
    {
        CollectionTemplate template = shape.Template!;
        source.Line($"var source = {template.Source};");
        source.Line($"writer.BeginArray({template.Count});");
        source.Open("foreach (var item in source)");
        source.Line(WriteStatement(shape.Elements[0], "writer", "item"));
        source.Close();
        source.Line("writer.EndArray();");
    }

    private void WriteDictionary(SourceWriter source, TypeShape shape)
    {
        CollectionTemplate template = shape.Template!;
        source.Line($"var source = {template.Source};");
        source.Line($"writer.BeginMap({template.Count});");
        source.Open("foreach (var pair in source)");
        source.Line(WriteStatement(shape.Elements[0], "writer", "pair.Key"));
        source.Line(WriteStatement(shape.Elements[1], "writer", "pair.Value"));
        source.Close();
        source.Line("writer.EndMap();");
    }

    private void WriteGrid(SourceWriter source, TypeShape shape)
    {
        ShapeRef element = shape.Elements[0];
        source.Line($"writer.BeginArray({shape.Rank + 1});");
        for (int i = 0; i < shape.Rank; i++)
            source.Line($"writer.WriteInt32(value.GetLength({i}));");
        if (shape.WireName == "block")
        {
            source.Line($"writer.WriteBlock<{element.TypeName}>({Flat(element)});");
        }
        else
        {
            source.Line("writer.BeginArray(value.Length);");
            source.Open("foreach (var item in value)");
            source.Line(WriteStatement(element, "writer", "item"));
            source.Close();
            source.Line("writer.EndArray();");
        }

        source.Line("writer.EndArray();");
    }

    private void WriteObject(SourceWriter source, TypeShape shape)
    {
        if (shape.MayBeDerived)
        {
            source.Open($"if (value.GetType() != typeof({shape.TypeName}))");
            Undeclared(source, shape);
            source.Close();
            source.Line();
        }

        source.Line($"writer.BeginObject({shape.Members.Count});");
        foreach (ShapeMember member in shape.Members)
        {
            source.Line($"writer.Member(\"{member.Name}\"u8);");
            source.Line(WriteStatement(member.Shape, "writer", "value.@" + member.Name));
        }

        source.Line("writer.EndObject();");
    }

    private void WriteUnion(SourceWriter source, TypeShape shape)
    {
        source.Line("writer.BeginArray(2);");
        source.Open("switch (value)");
        for (int i = 0; i < shape.Members.Count; i++)
        {
            ShapeMember member = shape.Members[i];
            source.Lines($"case {member.Shape.TypeName} case{i}:");
            source.Indent();
            source.Line($"writer.WriteString({Text(member.Tag)});");
            source.Line(WriteStatement(member.Shape, "writer", "case" + i));
            source.Line("break;");
            source.Outdent();
        }

        source.Line("default:");
        source.Indent();
        Undeclared(source, shape);
        source.Outdent();
        source.Close();
        source.Line("writer.EndArray();");
    }

    // What a subtype adds would be lost on the trip: that is an error, not a surprise.
    private static void Undeclared(SourceWriter source, TypeShape shape)
        => source.Line($"throw new {RuntimeNames.RemoteSerializationException}($\"'{{writer.Path}}' holds a {{value.GetType()}}, which {shape.TypeName.Replace("global::", "")} does not declare. Add [JsonDerivedType(typeof({{value.GetType().Name}}), \\\"tag\\\")] to it.\") {{ MemberPath = writer.Path }};");

    // A rectangular array's elements lie in one piece, row by row.
    private static string Flat(ShapeRef element)
        => $"global::System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref global::System.Runtime.CompilerServices.Unsafe.As<byte, {element.TypeName}>(ref global::System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference((global::System.Array)value)), value.Length)";

    private static string Text(string value) => "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
}
