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
        source.Line(RuntimeNames.GeneratedInternals);
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
        source.Open($"internal static {ValueTask} {CallEmitter.Field(member)}({RuntimeNames.IncomingCall} call)");
        ReadArguments(source, serializers, member);
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
                source.Lines($"call.Complete<{member.Result!.TypeName}>({invocation}, {serializers.WriteDelegate(member.Result)});\nreturn default;");
                break;
            case ReturnKind.Task or ReturnKind.ValueTask:
                source.Line($"return call.CompleteAsync({invocation});");
                break;
            default:
                source.Line($"return call.CompleteAsync<{member.Result!.TypeName}>({invocation}, {serializers.WriteDelegate(member.Result)});");
                break;
        }

        source.Close();
    }

    private static void ReadArguments(SourceWriter source, SerializerEmitter serializers, RemoteMemberModel member)
    {
        var travelling = member.Parameters.Select((p, i) => (Model: p, Index: i)).Where(x => x.Model.Travels).ToList();
        if (travelling.Count == 0)
            return;
        source.Line("var reader = call.BeginArguments();");
        foreach (var (parameter, index) in travelling)
        {
            // A null stream stays null on the wire even where the annotation forbids it: the member itself says what it thinks of that.
            string read = parameter.Kind switch
            {
                ParameterKind.Stream => $"call.ReadStream<{parameter.Shape!.TypeName}>(ref reader, {serializers.ReadDelegate(parameter.Shape)})",
                ParameterKind.Progress => $"call.ReadProgress<{parameter.Shape!.TypeName}>(ref reader, {serializers.WriteDelegate(parameter.Shape)})",
                _ => serializers.ReadExpression(parameter.Shape!, "reader"),
            };
            source.Line($"var a{index} = {read};");
        }

        source.Line("call.EndArguments();");
    }

    private static string Invocation(ContainingTypeModel type, RemoteMemberModel member)
    {
        string arguments = string.Join(", ", member.Parameters.Select((p, i) => p.Kind switch
        {
            ParameterKind.Token => "call.CancellationToken",
            ParameterKind.Service => $"call.GetService<{p.TypeName.TrimEnd('?')}>(\"{member.DisplayName}({p.Name})\")",
            _ => "a" + i,
        }));
        string instance = $"(({type.TypeName})call.Target)";
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
