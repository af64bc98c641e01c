using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <content>The reading half of a serializer.</content>
internal sealed partial class SerializerEmitter
{
    private void EmitRead(SourceWriter source, TypeShape shape)
    {
        string type = shape.IsReference ? shape.TypeName + "?" : shape.TypeName;
        source.Open($"internal static {type} Read{shape.Key}(ref {RuntimeNames.WireReader} reader)");
        bool isBlock = shape.Kind == ShapeKind.Block;
        if (shape.Kind is not (ShapeKind.Encoded or ShapeKind.Reference) && !isBlock && (shape.IsReference || shape.Kind == ShapeKind.Nullable || shape.Template?.IsDefault is { Length: > 0 }))
        {
            source.Lines("if (reader.TryReadNil())");
            source.Indent();
            source.Line("return default;");
            source.Outdent();
            source.Line();
        }

        switch (shape.Kind)
        {
            case ShapeKind.Enum:
                source.Line($"return reader.TryReadName(out {shape.TypeName} named) ? named : ({shape.TypeName}){ReadExpression(shape.Elements[0], "reader")};");
                break;
            case ShapeKind.Nullable:
                source.Line($"return {ReadExpression(shape.Elements[0], "reader")};");
                break;
            case ShapeKind.Block:
                source.Line($"var result = reader.ReadBlock<{shape.Elements[0].TypeName}>();");
                source.Line(shape.Template!.Finish == "result" && shape.IsReference ? "return result;" : $"return result is null ? default : {shape.Template.Finish};");
                break;
            case ShapeKind.Grid:
                ReadGrid(source, shape);
                break;
            case ShapeKind.Collection:
                ReadCollection(source, shape);
                break;
            case ShapeKind.Dictionary:
                ReadDictionary(source, shape);
                break;
            case ShapeKind.Tuple:
                ReadTuple(source, shape);
                break;
            case ShapeKind.Object:
                ReadObject(source, shape);
                break;
            case ShapeKind.Union:
                ReadUnion(source, shape);
                break;
            case ShapeKind.Reference:
                source.Line($"return reader.ReadReference<{ValueType(shape.TypeName)}>({(shape.Elements.Count == 0 ? "null" : ReadDelegate(shape.Elements[0]))});");
                break;
            case ShapeKind.Encoded:
                source.Line($"return global::MessagePack.MessagePackSerializer.Deserialize<{type}>(reader.ReadEncoded(), {OptionsField(shape.Options)});");
                break;
        }

        source.Close();
    }

    // RemoteRef<T>
    private static string ValueType(string reference)
    {
        int begin = reference.IndexOf('<') + 1;
        return reference.Substring(begin, reference.Length - begin - 1);
    }

    private void ReadCollection(SourceWriter source, TypeShape shape)
    {
        CollectionTemplate template = shape.Template!;
        source.Line("int count = reader.BeginArray();");
        source.Line($"{(template.Make.EndsWith("]", StringComparison.Ordinal) ? shape.TypeName : "var")} result = {template.Make};");
        source.Open("for (int i = 0; i < count; i++)");
        source.Line($"var item = {ReadExpression(shape.Elements[0], "reader")};");
        source.Line(template.Add);
        source.Close();
        source.Line("reader.EndArray();");
        source.Line($"return {template.Finish};");
    }

    private void ReadDictionary(SourceWriter source, TypeShape shape)
    {
        CollectionTemplate template = shape.Template!;
        source.Line("int count = reader.BeginMap();");
        source.Line($"var result = {template.Make};");
        source.Open("for (int i = 0; i < count; i++)");
        source.Line($"var key = {ReadExpression(shape.Elements[0], "reader")};");
        source.Line($"var item = {ReadExpression(shape.Elements[1], "reader")};");
        source.Line(template.Add);
        source.Close();
        source.Line("reader.EndMap();");
        source.Line($"return {template.Finish};");
    }

    private void ReadTuple(SourceWriter source, TypeShape shape)
    {
        int count = shape.Elements.Count;
        ReadCount(source, count);
        for (int i = 0; i < count; i++)
            source.Line($"var item{i + 1} = {ReadExpression(shape.Elements[i], "reader")};");
        source.Line("reader.EndArray();");
        string items = string.Join(", ", Enumerable.Range(1, count).Select(static i => "item" + i));
        source.Line(count == 1 ? $"return new {shape.TypeName}({items});" : $"return ({items});");
    }

    private void ReadGrid(SourceWriter source, TypeShape shape)
    {
        ShapeRef element = shape.Elements[0];
        ReadCount(source, shape.Rank + 1);
        for (int i = 0; i < shape.Rank; i++)
            source.Line($"int length{i} = reader.ReadInt32();");
        string lengths = string.Join(", ", Enumerable.Range(0, shape.Rank).Select(static i => "length" + i));
        bool isBlock = shape.WireName == "block";
        source.Lines(isBlock ? $"int at = 0;\nvar items = reader.ReadBlock<{element.TypeName}>() ?? [];" : "int count = reader.BeginArray();");
        source.Line($"{RuntimeNames.WireReader}.CheckDimensions({(isBlock ? "items.Length" : "count")}, [{lengths}]);");
        source.Line($"{shape.TypeName} result = {shape.Template!.Make};");
        for (int i = 0; i < shape.Rank; i++)
            source.Open($"for (int i{i} = 0; i{i} < length{i}; i{i}++)");
        string indices = string.Join(", ", Enumerable.Range(0, shape.Rank).Select(static i => "i" + i));
        source.Line($"result[{indices}] = {(isBlock ? "items[at++]" : ReadExpression(element, "reader"))};");
        for (int i = 0; i < shape.Rank; i++)
            source.Close();
        if (!isBlock)
            source.Line("reader.EndArray();");
        source.Line("reader.EndArray();");
        source.Line("return result;");
    }

    private static void ReadCount(SourceWriter source, int count)
    {
        source.Open($"if (reader.BeginArray() != {count})");
        source.Line($"throw {RuntimeNames.WireReader}.Malformed(\"it does not have {count} elements\");");
        source.Close();
        source.Line();
    }

    private void ReadUnion(SourceWriter source, TypeShape shape)
    {
        ReadCount(source, 2);
        source.Line("var tag = reader.ReadString();");
        source.Line($"{shape.TypeName}? result;");
        source.Open("switch (tag)");
        foreach (ShapeMember member in shape.Members)
        {
            source.Line($"case {Text(member.Tag)}:");
            source.Indent();
            source.Line($"result = {ReadExpression(member.Shape, "reader")};");
            source.Line("break;");
            source.Outdent();
        }

        source.Line("default:");
        source.Indent();
        source.Line($"throw {RuntimeNames.WireReader}.Malformed($\"'{{tag}}' is no declared subtype of {shape.TypeName.Replace("global::", "")}\");");
        source.Outdent();
        source.Close();
        source.Line();
        source.Line("reader.EndArray();");
        source.Line("return result;");
    }

    private void ReadObject(SourceWriter source, TypeShape shape)
    {
        if (shape.Members.Any(static one => !one.IsOptional))
            source.Line("long at = reader.Consumed;");
        for (int i = 0; i < shape.Members.Count; i++)
        {
            ShapeMember member = shape.Members[i];
            source.Line($"{member.Shape.TypeName} member{i} = {member.ParameterDefault ?? "default!"};");
            if (IsNoted(member))
                source.Line($"bool has{i} = false;");
        }

        source.Line($"int count = reader.BeginObject(out {RuntimeNames.ObjectForm} form);");
        ReadMembers(source, "reader", shape.Members.Select(static one => one.Name), (body, i) => ReadMember(body, shape.Members[i], i));
        source.Line();
        source.Line("reader.EndObject();");
        for (int i = 0; i < shape.Members.Count; i++)
        {
            if (!shape.Members[i].IsOptional)
                source.Line($"reader.Require(has{i}, {Text(shape.Members[i].Name)}, at);");
        }

        Construct(source, shape);
    }

    /// <summary>Writes the loop over the members of an object, in either form; <c>count</c> and <c>form</c> are those of its beginning.</summary>
    /// <param name="source">Where to.</param>
    /// <param name="reader">The reader.</param>
    /// <param name="names">The names of the members, in the order of their places.</param>
    /// <param name="readMember">Writes the statements that read one.</param>
    public static void ReadMembers(SourceWriter source, string reader, IEnumerable<string> names, Action<SourceWriter, int> readMember)
    {
        string[] all = [.. names];
        source.Open("for (int i = 0; i < count; i++)");
        source.Open($"switch ({reader}.ReadMember(form, i, \"{string.Join(",", all)}\"u8))");
        for (int i = 0; i < all.Length; i++)
        {
            source.Line($"case {i}:");
            source.Indent();
            readMember(source, i);
            source.Line("break;");
            source.Outdent();
        }

        source.Lines($"default:\n    {reader}.Skip();\n    break;");
        source.Close();
        source.Close();
    }

    private void ReadMember(SourceWriter source, ShapeMember member, int i)
    {
        source.Line($"member{i} = {ReadExpression(member.Shape, "reader")};");
        if (IsNoted(member))
            source.Line($"has{i} = true;");
    }

    // A member that was not sent keeps what its initializer gave it: it is set afterwards,
    private static bool IsSetLater(ShapeMember member) => member is { Parameter: < 0, IsInit: false };

    // or asked of an object that was made without it.
    private static bool IsAsked(ShapeMember member) => member is { Parameter: < 0, IsInit: true, IsRequired: false };

    private static bool IsNoted(ShapeMember member) => IsSetLater(member) || IsAsked(member) || !member.IsOptional;

    private static void Construct(SourceWriter source, TypeShape shape)
    {
        var members = shape.Members.Select(static (member, i) => (Member: member, Index: i)).ToList();
        string arguments = string.Join(", ", members.Where(static one => one.Member.Parameter >= 0).OrderBy(static one => one.Member.Parameter).Select(static one => "member" + one.Index));
        var asked = members.Where(static one => IsAsked(one.Member)).ToList();
        if (asked.Count > 0)
        {
            source.Open($"if (!({string.Join(" && ", asked.Select(static one => "has" + one.Index))}))");
            source.Line($"var initial = {Make(static one => one.IsInit && !IsAsked(one))};");
            foreach ((ShapeMember member, int index) in asked)
                source.Line($"member{index} = has{index} ? member{index} : initial.@{member.Name};");
            source.Close();
            source.Line();
        }

        source.Line($"var result = {Make(static one => one.IsInit)};");
        foreach ((ShapeMember member, int index) in members.Where(static one => IsSetLater(one.Member)))
        {
            source.Line($"if (has{index})");
            source.Indent();
            source.Line($"result.@{member.Name} = member{index};");
            source.Outdent();
        }

        source.Line("return result;");

        string Make(Func<ShapeMember, bool> isSet)
        {
            string inits = string.Join(", ", members.Where(one => isSet(one.Member)).Select(static one => $"@{one.Member.Name} = member{one.Index}"));
            return $"new {shape.TypeName}({arguments}){(inits.Length > 0 ? " { " + inits + " }" : "")}";
        }
    }
}
