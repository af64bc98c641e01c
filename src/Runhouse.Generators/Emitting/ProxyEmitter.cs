using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the proxy of a remote class.</summary>
internal static class ProxyEmitter
{
    /// <summary>Writes the file of a proxy.</summary>
    /// <param name="model">The remote class.</param>
    /// <param name="info">The compilation.</param>
    public static string Emit(RemoteClassModel model, CompilationInfo info)
    {
        SourceWriter source = SourceWriter.Begin();
        var calls = new CallEmitter(source, new SerializerEmitter(info.ContractNamespace));
        List<RemoteMemberModel> members = [.. model.Members.Where(m => m.Kind != MemberKind.Constructor)];
        ContainingTypeModel type = model.Type;
        if (type.Namespace.Length > 0)
            source.Lines($"namespace {type.Namespace};\n");
        string interfaces = string.Concat(model.Interfaces.Select(i => ", " + i.TypeName));
        source.Line($"/// <summary>A remote object of type <c>{System.Security.SecurityElement.Escape(type.DisplayName)}</c>: its calls run where it lives.</summary>");
        source.Line(RuntimeNames.GeneratedCode);
        source.Open($"{type.Accessibility} sealed class {type.Proxy} : {RuntimeNames.RemoteObject}{interfaces}");
        source.Lines($$"""
            internal {{type.Proxy}}({{RuntimeNames.RemoteObjectHandle}} handle)
                : base(handle)
            {
            }
            """);
        foreach (RemoteMemberModel member in members)
            calls.Call(member, "public", "Target");
        foreach (RemoteMemberModel member in model.Refused.Where(m => m.Kind != MemberKind.Constructor))
            calls.Refuse(member, "public", CallEmitter.ReturnType(member));
        foreach (InterfaceModel contract in model.Interfaces)
        {
            foreach (InterfaceMethodModel method in contract.Methods)
                Implement(source, contract, method, members.First(m => m.Id == method.MemberId));
        }

        calls.Methods(members);
        source.Close();
        return source.ToString();
    }

    /// <summary>Implements explicitly: the proxy's own method may take one token more than the interface's.</summary>
    private static void Implement(SourceWriter source, InterfaceModel contract, InterfaceMethodModel method, RemoteMemberModel member)
    {
        var values = method.Parameters.Where(p => !p.IsToken).Zip(member.Parameters.Where(p => p.Travels), (given, taken) => taken.Identifier + ": " + given.Identifier + "!");
        var token = method.Parameters.Where(p => p.IsToken).Select(p => CallEmitter.TokenName(member) + ": " + p.Identifier);
        string parameters = string.Join(", ", method.Parameters.Select(p => p.TypeName + " " + p.Identifier));
        source.Line();
        if (member.Marks.Length > 0)
            source.Line(member.Marks);
        source.Line($"{method.ReturnTypeName} {contract.TypeName}.{method.Identifier}({parameters})");
        source.Line($"    => {member.ProxyName}({string.Join(", ", values.Concat(token))})!;");
    }
}
