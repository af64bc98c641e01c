using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the worker's side of a type's members: read the arguments, call, write the result.</summary>
internal static class DispatcherEmitter
{
    private const string ValueTask = "global::System.Threading.Tasks.ValueTask";

    /// <summary>Writes the file of a type's dispatcher.</summary>
    /// <param name="model">The type.</param>
    /// <param name="info">The compilation.</param>
    public static string Emit(RemoteTypeModel model, CompilationInfo info)
    {
        SourceWriter source = SourceWriter.Begin();
        var serializers = new SerializerEmitter(info.ContractNamespace);
        source.Lines($"namespace {info.ContractNamespace};\n");
        source.Line(RuntimeNames.GeneratedCode);
        source.Open($"internal static class {ClassName(model.Type)}");
        bool first = true;
        foreach (RemoteMemberModel member in model.Members)
        {
            if (!first)
                source.Line();
            first = false;
            source.Line("// " + member.Signature);
            Member(source, serializers, model.Type, member);
        }

        source.Close();
        return source.ToString();
    }

    /// <summary>The name of a type's dispatcher.</summary>
    /// <param name="type">The type.</param>
    public static string ClassName(ContainingTypeModel type) => type.UniqueName.Replace('.', '_') + "_Dispatcher";

    private static void Member(SourceWriter source, SerializerEmitter serializers, ContainingTypeModel type, RemoteMemberModel member)
    {
        bool isAsync = member.Return is ReturnKind.Task or ReturnKind.TaskOfValue or ReturnKind.ValueTask or ReturnKind.ValueTaskOfValue;
        source.Open($"internal static {(isAsync ? "async " : "")}{ValueTask} {CallEmitter.Field(member)}({RuntimeNames.IncomingCall} call)");
        var travelling = member.Parameters.Select((p, i) => (Model: p, Index: i)).Where(x => x.Model.Travels).ToList();
        if (isAsync && travelling.Count > 0)
            source.Line($"Read(call, {string.Join(", ", travelling.Select(x => $"out var a{x.Index}"))});");
        else
            ReadArguments(source, serializers, travelling, declare: true);
        string invocation = Invocation(type, member);
        switch (member.Return)
        {
            case ReturnKind.Stream:
                source.Line($"return call.CompleteWithStreamAsync({invocation}, {serializers.WriteDelegate(member.Result!)});");
                break;
            case ReturnKind.Void:
                source.Lines($"{invocation};\ncall.Complete();\nreturn default;");
                break;
            case ReturnKind.Value when member.Kind == MemberKind.Constructor:
                source.Lines($"call.CompleteWithObject({invocation});\nreturn default;");
                break;
            case ReturnKind.Value:
                source.Line($"{member.Result!.TypeName} result = {invocation};");
                WriteResult(source, serializers, member.Result);
                source.Line("return default;");
                break;
            case ReturnKind.Task or ReturnKind.ValueTask:
                source.Lines($"await {invocation}.ConfigureAwait(false);\ncall.Complete();");
                break;
            default:
                source.Line($"Write(call, await {invocation}.ConfigureAwait(false));");
                break;
        }

        if (isAsync && travelling.Count > 0)
        {
            source.Line();
            string outs = string.Join(", ", travelling.Select(x => $"out {DeclaredType(x.Model)} a{x.Index}"));
            source.Open($"static void Read({RuntimeNames.IncomingCall} call, {outs})");
            ReadArguments(source, serializers, travelling, declare: false);
            source.Close();
        }

        if (isAsync && member.Result is { } value)
        {
            source.Line();
            source.Open($"static void Write({RuntimeNames.IncomingCall} call, {value.TypeName} result)");
            WriteResult(source, serializers, value);
            source.Close();
        }

        source.Close();
    }

    private static void ReadArguments(SourceWriter source, SerializerEmitter serializers, List<(ParameterModel Model, int Index)> travelling, bool declare)
    {
        if (travelling.Count == 0)
            return;
        if (declare)
        {
            foreach (var (parameter, index) in travelling)
                source.Line($"{DeclaredType(parameter)} a{index};");
        }

        // What reading throws is about the wire, and must not look like an exception of the member.
        source.Open("try");
        source.Line("var reader = call.BeginArguments();");
        foreach (var (parameter, index) in travelling)
        {
            // A null stream stays null on the wire even where the annotation forbids it: the member itself says what it thinks of that.
            string read = parameter.Kind switch
            {
                ParameterKind.Stream => $"call.ReadStream(ref reader, {serializers.ReadDelegate(parameter.Shape!)})!",
                ParameterKind.Progress => $"call.ReadProgress(ref reader, {serializers.WriteDelegate(parameter.Shape!)})!",
                _ => serializers.ReadExpression(parameter.Shape!, "reader"),
            };
            source.Line($"a{index} = {read};");
        }

        source.Close();
        source.Open("catch (global::System.Exception e)");
        source.Line($"throw {RuntimeNames.WireReader}.Translate(e);");
        source.Close();
    }

    private static string DeclaredType(ParameterModel parameter) => parameter.Kind == ParameterKind.Value ? parameter.Shape!.TypeName : parameter.TypeName;

    private static void WriteResult(SourceWriter source, SerializerEmitter serializers, ShapeRef shape)
    {
        source.Line("var writer = call.BeginResult();");
        source.Open("try");
        source.Line(serializers.WriteStatement(shape, "writer", "result"));
        source.Close();
        source.Open("catch (global::System.Exception e)");
        source.Line("throw writer.Translate(e);");
        source.Close();
        source.Line("call.Complete(ref writer);");
    }

    private static string Invocation(ContainingTypeModel type, RemoteMemberModel member)
    {
        string arguments = string.Join(", ", member.Parameters.Select((p, i) => p.Kind switch
        {
            ParameterKind.Token => "call.CancellationToken",
            ParameterKind.Service => $"call.GetService<{p.TypeName.TrimEnd('?')}>(\"{member.DisplayName}({p.Name})\")",
            _ => "a" + i,
        }));
        string instance = $"(({type.TypeName})call.Target!)";
        return member.Kind switch
        {
            MemberKind.Function => $"{type.TypeName}.{member.Identifier}({arguments})",
            MemberKind.Constructor => $"new {type.TypeName}({arguments})",
            MemberKind.Getter => $"{instance}.{member.Identifier}",
            MemberKind.Setter => $"{instance}.{member.Identifier} = a0",
            MemberKind.Fetch => instance,
            _ => $"{instance}.{member.Identifier}({arguments})",
        };
    }
}
