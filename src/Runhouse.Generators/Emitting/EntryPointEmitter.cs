using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the entry points of a type: an ordinary static class, and extension members of the type itself.</summary>
internal static class EntryPointEmitter
{
    /// <summary>Writes the file of a type's entry points.</summary>
    /// <param name="model">The type.</param>
    /// <param name="info">The compilation.</param>
    public static string Emit(RemoteTypeModel model, CompilationInfo info)
    {
        SourceWriter source = SourceWriter.Begin();
        ContainingTypeModel type = model.Type;
        if (type.Namespace.Length > 0)
            source.Lines($"namespace {type.Namespace};\n");
        PlacementEmitter.Emit(source, model, info);
        source.Line();
        source.Line($"/// <summary>The entry points of the remote code of <c>{System.Security.SecurityElement.Escape(type.DisplayName)}</c>.</summary>");
        source.Line(RuntimeNames.GeneratedCode);
        source.Open($"{type.Accessibility} static class {type.Entry}");
        Remote(source, type, "default");
        Create(source, model, "default({0}).CreateAsync");
        source.Close();
        if (info.HasExtensionMembers && !(type.HidesRemote && (type.HidesRemoteAsync || model.Class is null)))
            Extensions(source, model);
        return source.ToString();
    }

    private static void Extensions(SourceWriter source, RemoteTypeModel model)
    {
        ContainingTypeModel type = model.Type;
        source.Line();
        source.Line($"/// <summary>The entry points of <c>{System.Security.SecurityElement.Escape(type.DisplayName)}</c>, as members of it.</summary>");
        source.Line(RuntimeNames.GeneratedCode);
        source.Open($"{type.Accessibility} static class {type.Extensions}");
        source.Open($"extension({type.TypeName})");
        if (!type.HidesRemote)
            Remote(source, type, $"{type.Beside(type.Entry)}.Remote");
        if (!type.HidesRemoteAsync)
            Create(source, model, type.Beside(type.Entry) + ".RemoteAsync");
        source.Close();
        source.Close();
    }

    private static void Remote(SourceWriter source, ContainingTypeModel type, string value)
    {
        source.Line("/// <summary>Says where and how, before the call.</summary>");
        source.Line($"public static {type.Placement} Remote => {value};");
    }

    private static void Create(SourceWriter source, RemoteTypeModel model, string target)
    {
        foreach (RemoteMemberModel constructor in model.Members.Concat(model.Class?.Refused ?? default).Where(m => m.Kind == MemberKind.Constructor))
        {
            source.Line();
            source.Line($"/// <summary>Constructs a remote object where what it needs is found.</summary>");
            foreach (ParameterModel parameter in constructor.Parameters.Where(p => p.Kind != ParameterKind.Service))
                source.Line($"/// <param name=\"{parameter.Name}\">As the constructor takes it.</param>");
            if (CallEmitter.AddsToken(constructor))
                source.Line($"/// <param name=\"{CallEmitter.TokenName(constructor)}\">Stops waiting.</param>");
            if (constructor.Marks.Length > 0)
                source.Line(constructor.Marks);
            source.Line($"public static global::System.Threading.Tasks.Task<{model.Type.Proxy}> RemoteAsync({CallEmitter.Parameters(constructor)})");
            source.Line($"    => {target.Replace("{0}", model.Type.Placement)}({CallEmitter.PassOn(constructor)});");
        }
    }
}
