using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the placement of a type: where and under which name, then the constructors and functions.</summary>
internal static class PlacementEmitter
{
    /// <summary>Writes the placement.</summary>
    /// <param name="source">Where the code goes.</param>
    /// <param name="model">The type.</param>
    /// <param name="info">The compilation.</param>
    public static void Emit(SourceWriter source, RemoteTypeModel model, CompilationInfo info)
    {
        ContainingTypeModel type = model.Type;
        var calls = new CallEmitter(source, new SerializerEmitter(info.ContractNamespace));
        List<RemoteMemberModel> constructors = [.. model.Members.Where(m => m.Kind == MemberKind.Constructor)];
        string name = System.Security.SecurityElement.Escape(type.DisplayName);
        source.Line($"/// <summary>Says where the remote code of <c>{name}</c> runs, before it is called.</summary>");
        source.Line(RuntimeNames.GeneratedCode);
        string interfaces = model.Functions.Count > 0 ? $" : {RuntimeNames.RemoteFunctionsOf}<{type.Placement}>" : "";
        source.Open($"{type.Accessibility} readonly struct {type.Placement}{interfaces}");
        source.Lines($$"""
            internal static readonly {{RuntimeNames.RemotePlacement}} Default = new(global::{{info.ContractNamespace}}.Contract.Instance, {{NeedsOf(model)}});

            private readonly {{RuntimeNames.RemotePlacement}}? _placement;

            private {{type.Placement}}({{RuntimeNames.RemotePlacement}} placement) => _placement = placement;

            /// <summary>Chooses the cluster.</summary>
            /// <param name="cluster">The cluster.</param>
            public {{type.Placement}} On({{RuntimeNames.Cluster}} cluster) => new((_placement ?? Default).On(cluster));

            /// <summary>Sets how calls are made.</summary>
            /// <param name="options">The options.</param>
            public {{type.Placement}} With({{RuntimeNames.RemoteOptions}} options) => new((_placement ?? Default).With(options));

            /// <summary>Says what the code needs this time, in place of what its attribute says.</summary>
            /// <param name="needs">The needs.</param>
            public {{type.Placement}} Needing({{RuntimeNames.Resources}} needs) => new((_placement ?? Default).Needing(needs));

            /// <summary>Puts the code into a process of its own, which all code of the same build shares that names it.</summary>
            /// <param name="name">The process's name.</param>
            /// <param name="variables">Environment variables that only this process has.</param>
            public {{type.Placement}} InProcess(string name, global::System.Collections.Generic.IReadOnlyDictionary<string, string>? variables = null)
                => new((_placement ?? Default).InProcess(name, variables));
            """);
        if (model.Class is not null)
            Objects(source, model, constructors, calls);
        foreach (RemoteMemberModel function in model.Functions)
            calls.Call(function, function.Accessibility, $"For({Own(model, function)})");
        foreach (RemoteMemberModel function in model.RefusedFunctions)
            calls.Refuse(function, function.Accessibility, CallEmitter.ReturnType(function));
        if (model.Functions.Count > 0)
            Functions(source, model, info);
        calls.Methods([.. constructors, .. model.Functions]);
        source.Close();
    }

    private static void Objects(SourceWriter source, RemoteTypeModel model, List<RemoteMemberModel> constructors, CallEmitter calls)
    {
        ContainingTypeModel type = model.Type;
        string task = $"global::System.Threading.Tasks.Task<{type.Proxy}>";
        source.Lines($$"""

            /// <summary>Names the object to create, so that other processes can attach to it.</summary>
            /// <param name="name">The name, unique on the cluster.</param>
            /// <param name="conflict">What to do when an object of that name exists.</param>
            public {{type.Placement}} Named(string name, {{RuntimeNames.NameConflict}} conflict = {{RuntimeNames.NameConflict}}.Fail)
                => new((_placement ?? Default).Named(name, conflict));

            /// <summary>Attaches to a named object.</summary>
            /// <param name="name">The object's name.</param>
            /// <param name="cancellationToken">Stops waiting.</param>
            public {{task}} AttachAsync(string name, global::System.Threading.CancellationToken cancellationToken = default)
                => (_placement ?? Default).AttachAsync(name, {{Parsing.Literals.Text(type.FullName)}}, static handle => new {{type.Proxy}}(handle), cancellationToken);
            """);
        foreach (RemoteMemberModel constructor in constructors)
        {
            source.Line();
            calls.Documentation(constructor);
            calls.Marks(constructor);
            source.Open($"public {task} CreateAsync({CallEmitter.Parameters(constructor)})");
            source.Line("var __placement = _placement ?? Default;");
            source.Line($"var __creation = __placement.BeginCreate(Methods.{CallEmitter.Field(constructor)});");
            source.Line("var __call = __creation.Call;");
            source.Line("var __writer = __call.BeginArguments();");
            calls.Arguments(constructor, $"return __creation.CompleteAsync(__call.FailAsync(ref __writer, __error), static handle => new {type.Proxy}(handle));");
            string token = constructor.Parameters.Any(p => p.IsParams) && !constructor.Parameters.Any(p => p.Kind == ParameterKind.Token) ? "default" : CallEmitter.TokenName(constructor);
            source.Line($"return __creation.CompleteAsync(__call.SendAsync(ref __writer, {token}), static handle => new {type.Proxy}(handle));");
            source.Close();
        }

        foreach (RemoteMemberModel constructor in model.Class!.Refused.Where(m => m.Kind == MemberKind.Constructor))
            calls.Refuse(constructor, "public", task);

        RemoteMemberModel? plain = constructors.FirstOrDefault(c => !c.Parameters.Any(p => p.Travels));
        string defaultConstructor = plain is null ? "null" : "Methods." + CallEmitter.Field(plain);
        source.Lines($$"""

            internal static {{RuntimeNames.RemoteProxyFactory}} CreateFactory()
                => new(Default, static handle => new {{type.Proxy}}(handle), {{defaultConstructor}});
            """);
    }

    /// <summary>Each function's own needs, joined with what is said here.</summary>
    private static void Functions(SourceWriter source, RemoteTypeModel model, CompilationInfo info)
    {
        source.Line();
        foreach (RemoteMemberModel function in model.Functions.Where(one => FirstOf(model, one) == one && one.Needs != NeedsOf(model)))
            source.Line($"private static readonly {RuntimeNames.RemotePlacement} {Own(model, function)} = new(global::{info.ContractNamespace}.Contract.Instance, {function.Needs});");
        source.Lines($$"""

            {{RuntimeNames.RemotePlacement}} {{RuntimeNames.RemoteFunctionsOf}}<{{model.Type.Placement}}>.Placement => _placement ?? Default;

            {{model.Type.Placement}} {{RuntimeNames.RemoteFunctionsOf}}<{{model.Type.Placement}}>.Recording({{RuntimeNames.RemoteTarget}} recorder)
                => new((_placement ?? Default).Recording(recorder));

            private {{RuntimeNames.RemoteTarget}} For({{RuntimeNames.RemotePlacement}} function) => (_placement is null ? function : _placement.Of(function)).Functions;
            """);
    }

    private static string NeedsOf(RemoteTypeModel model) => model.Class?.Needs ?? RuntimeNames.NoResources;

    // Functions with the same needs share a placement.
    private static string Own(RemoteTypeModel model, RemoteMemberModel function)
        => function.Needs == NeedsOf(model) ? "Default" : "Own" + CallEmitter.Field(FirstOf(model, function));

    private static RemoteMemberModel FirstOf(RemoteTypeModel model, RemoteMemberModel function) => model.Functions.First(one => one.Needs == function.Needs);
}
