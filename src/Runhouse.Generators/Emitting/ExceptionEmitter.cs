using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes how the application's own exceptions travel: exact types only, so that nothing on the wire can name a type to construct.</summary>
internal static class ExceptionEmitter
{
    /// <summary>Writes the overrides of the contract, and their parts.</summary>
    /// <param name="source">Where the code goes.</param>
    /// <param name="exceptions">The exceptions.</param>
    /// <param name="serializers">Writes and reads values.</param>
    public static void Emit(SourceWriter source, EquatableArray<ExceptionModel> exceptions, SerializerEmitter serializers)
    {
        if (exceptions.Count == 0)
            return;
        source.Line();
        source.Open($"public override bool TryWriteException(global::System.Exception exception, ref {RuntimeNames.WireWriter} writer)");
        for (int i = 0; i < exceptions.Count; i++)
        {
            source.Open($"if (exception.GetType() == typeof({exceptions[i].TypeName}))");
            source.Lines($"Write{i}(({exceptions[i].TypeName})exception, ref writer);\nreturn true;");
            source.Close();
            source.Line();
        }

        source.Line("return false;");
        source.Close();
        source.Line();
        source.Open($"public override global::System.Exception? ReadException(string typeName, string message, global::System.Exception? innerException, ref {RuntimeNames.WireReader} data) => typeName switch");
        for (int i = 0; i < exceptions.Count; i++)
            source.Line($"{Parsing.Literals.Text(exceptions[i].FullName)} => Read{i}(message, innerException, ref data),");
        source.Line("_ => null,");
        source.Close(";");
        for (int i = 0; i < exceptions.Count; i++)
        {
            Write(source, exceptions[i], i, serializers);
            Read(source, exceptions[i], i, serializers);
        }
    }

    private static void Write(SourceWriter source, ExceptionModel exception, int number, SerializerEmitter serializers)
    {
        source.Line();
        source.Open($"private static void Write{number}({exception.TypeName} exception, ref {RuntimeNames.WireWriter} writer)");
        source.Line($"writer.BeginObject({exception.Members.Count});");
        foreach (ExceptionMember member in exception.Members)
        {
            source.Line($"writer.Member(\"{member.Name}\"u8);");
            source.Line(serializers.WriteStatement(member.Shape, "writer", "exception." + member.Identifier));
        }

        source.Line("writer.EndObject();");
        source.Close();
    }

    private static void Read(SourceWriter source, ExceptionModel exception, int number, SerializerEmitter serializers)
    {
        source.Line();
        source.Open($"private static {exception.TypeName} Read{number}(string message, global::System.Exception? innerException, ref {RuntimeNames.WireReader} data)");
        for (int i = 0; i < exception.Members.Count; i++)
            source.Line($"{exception.Members[i].Shape.TypeName} m{i} = default!;");
        source.Line($"int count = data.BeginObject(out {RuntimeNames.ObjectForm} form);");
        SerializerEmitter.ReadMembers(
            source,
            "data",
            exception.Members.Select(static one => one.Name),
            (body, i) => body.Line($"m{i} = {serializers.ReadExpression(exception.Members[i].Shape, "data")};"));
        source.Line("data.EndObject();");
        string arguments = string.Join(", ", exception.Arguments.Select(a => a.Source switch
        {
            ExceptionArgumentSource.Message => "message",
            ExceptionArgumentSource.InnerException => "innerException!",
            _ => "m" + a.Member,
        }));
        string settings = string.Join(", ", exception.Members.Select((m, i) => (m, i)).Where(x => x.m.IsSet).Select(x => $"{x.m.Identifier} = m{x.i}"));
        source.Line($"return new {exception.TypeName}({arguments}){(settings.Length == 0 ? "" : " { " + settings + " }")};");
        source.Close();
    }
}
