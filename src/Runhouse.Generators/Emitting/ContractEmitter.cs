using System.Globalization;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes an assembly's contract: its members, its switch, its services, and the module initializer that registers it.</summary>
internal static class ContractEmitter
{
    private const string ValueTask = "global::System.Threading.Tasks.ValueTask";
    private const int MaxCases = 32;
    private const int GroupShift = 58;

    /// <summary>Writes the file of the contract.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="info">The compilation.</param>
    public static string Emit(ContractModel contract, CompilationInfo info)
    {
        SourceWriter source = SourceWriter.Begin();
        Attributes(source, contract, info);
        if (!contract.HasContract)
            return source.ToString();
        var members = contract.Members();
        source.Lines($"\nnamespace {info.ContractNamespace};\n");
        source.Line(RuntimeNames.GeneratedInternals);
        source.Open($"internal sealed class Contract : {RuntimeNames.RemoteContract}");
        source.Lines($$"""
            private global::System.Collections.Generic.IReadOnlyList<{{RuntimeNames.RemoteMember}}>? _members;

            public static Contract Instance { get; } = new();

            public override string AssemblyName => {{Parsing.Literals.Text(info.AssemblyName)}};

            public override ulong Hash => {{StableHash.Literal(Hash(members))}};

            public override global::System.Collections.Generic.IReadOnlyList<{{RuntimeNames.RemoteMember}}> Members => _members ??= {{RuntimeNames.RemoteMember}}.Read(
            """);
        source.Indent();
        source.Line("\"\"\"");
        foreach (var (type, member) in members)
            source.Line(Describe(contract.Types.First(one => ReferenceEquals(one.Type, type)), member));
        source.Line();
        source.Line("\"\"\");");
        source.Outdent();
        source.Line();
        Switch(source, members, info);
        Services(source, contract, members.Any(m => m.Member.Parameters.Any(p => p.Kind == ParameterKind.Service)));
        Snapshots(source, contract, new SerializerEmitter(info.ContractNamespace));
        ScheduleEmitter.Emit(source, members.Select(static one => one.Member), new SerializerEmitter(info.ContractNamespace));
        Readers(source, members, new SerializerEmitter(info.ContractNamespace));
        ExceptionEmitter.Emit(source, contract.Exceptions, new SerializerEmitter(info.ContractNamespace));
        source.Close();
        Initializer(source, contract);
        return source.ToString();
    }

    /// <summary>The hash over all members: the same in whichever order they are declared.</summary>
    private static ulong Hash(List<(ContainingTypeModel Type, RemoteMemberModel Member)> members)
        => StableHash.Of(string.Join(";", members.Select(m => m.Member.Id.ToString("x16", CultureInfo.InvariantCulture) + m.Member.SchemaHash.ToString("x16", CultureInfo.InvariantCulture))));

    private static void Attributes(SourceWriter source, ContractModel contract, CompilationInfo info)
    {
        if (contract.HasContract)
            source.Line($"[assembly: {RuntimeNames.RemoteContractAttribute}(typeof(global::{info.ContractNamespace}.Contract))]");
        foreach (RemoteTypeModel type in contract.Types.Where(t => t.Functions.Count > 0))
        {
            var names = type.Functions.Select(f => f.Name).Distinct(StringComparer.Ordinal).OrderBy(n => n, StringComparer.Ordinal);
            source.Line($"[assembly: {RuntimeNames.RemoteFunctionsAttribute}(typeof({type.Type.TypeName}), {string.Join(", ", names.Select(n => "\"" + n + "\""))})]");
        }

        foreach (string reference in contract.References)
            source.Line($"[assembly: {RuntimeNames.RemoteContractReferenceAttribute}({Parsing.Literals.Text(reference)})]");
    }

    // What the compiler does with a switch grows faster than its cases: beyond some dozens, the first bits of the id choose among smaller ones.
    private static void Switch(SourceWriter source, List<(ContainingTypeModel Type, RemoteMemberModel Member)> members, CompilationInfo info)
    {
        const string Dispatch = $"public override {ValueTask} DispatchAsync({RuntimeNames.IncomingCall} call) => ";
        if (members.Count <= MaxCases)
        {
            source.Open(Dispatch + "call.MethodId switch");
            foreach (var (type, member) in members)
                source.Line(Case(type, member));
            source.Line("_ => throw Missing(call),");
            source.Close(";");
        }
        else
        {
            var groups = members.GroupBy(static one => one.Member.Id >> GroupShift).ToList();
            source.Open(Dispatch + $"(call.MethodId >> {GroupShift}) switch");
            foreach (var group in groups)
                source.Line($"{group.Key} => Dispatch{group.Key}Async(call),");
            source.Line("_ => throw Missing(call),");
            source.Close(";");
            foreach (var group in groups)
            {
                source.Line();
                source.Open($"private static {ValueTask} Dispatch{group.Key}Async({RuntimeNames.IncomingCall} call) => call.MethodId switch");
                foreach (var (type, member) in group)
                    source.Line(Case(type, member));
                source.Line("_ => throw Missing(call),");
                source.Close(";");
            }
        }

        source.Line();
        source.Line($"private static {RuntimeNames.ContractMismatchException} Missing({RuntimeNames.IncomingCall} call)");
        source.Line($"    => new($\"Member {{call.MethodId:x16}} is not in the contract of \\\"{info.AssemblyName}\\\". Redeploy, so that caller and worker run the same build.\");");

        static string Case(ContainingTypeModel type, RemoteMemberModel member)
            => $"{StableHash.Literal(member.Id)} => {DispatcherEmitter.ClassName(type)}.{CallEmitter.Field(member)}(call),";
    }

    private static void Snapshots(SourceWriter source, ContractModel contract, SerializerEmitter serializers)
    {
        List<(string TypeName, ShapeRef State)> snapshots =
            [.. contract.Types.Where(static one => one.Class is { Snapshot: not null }).Select(static one => (one.Type.FullName, one.Class!.Snapshot!.State))];
        if (snapshots.Count == 0)
            return;
        source.Line();
        source.Open($"public override {RuntimeNames.RemoteSnapshot}? FindSnapshot(string typeName) => typeName switch");
        foreach ((string typeName, ShapeRef state) in snapshots)
            source.Line($"\"{typeName}\" => new {RuntimeNames.RemoteSnapshot}<{state.TypeName}>({serializers.WriteDelegate(state)}, {serializers.ReadDelegate(state)}),");
        source.Line("_ => null,");
        source.Close(";");
    }

    // Outcomes that a host has kept are read by a program that has their types, and no call of its own that they belong to.
    private static void Readers(SourceWriter source, List<(ContainingTypeModel Type, RemoteMemberModel Member)> members, SerializerEmitter serializers)
    {
        List<(string Type, string Read)> readers =
        [
            .. members.Select(static one => one.Member)
                .Where(static member => member.Kind != MemberKind.Constructor && member.Return != ReturnKind.Stream && member.Result is { HoldsReferences: false })
                .Select(static member => member.Result!)
                .Concat(members.SelectMany(static one => one.Member.Parameters).Where(static parameter => parameter.Kind == ParameterKind.Progress).Select(static parameter => parameter.Shape!))
                .Select(shape => (shape.TypeName, serializers.ReadDelegate(shape)))
                .Distinct()
                .OrderBy(static one => one.Item1, StringComparer.Ordinal),
        ];
        if (readers.Count == 0)
            return;
        source.Line();
        source.Open($"public override {RuntimeNames.WireRead}<T>? FindReader<T>()");
        source.Line($"{RuntimeNames.WireRead}<T>? found;");
        foreach ((string type, string read) in readers)
            source.Line($"if ((found = ReaderIf<T, {type}>({read})) is not null) return found;");
        source.Line("return null;");
        source.Close();
    }

    // What RemoteMember.Read takes apart. The signature is not in it: it is made of the rest.
    private static string Describe(RemoteTypeModel type, RemoteMemberModel member) => string.Join(
        "|",
        (string[])
        [
            member.Id.ToString("x16", CultureInfo.InvariantCulture),
            member.SchemaHash.ToString("x16", CultureInfo.InvariantCulture),
            (member.Kind switch { MemberKind.Function => "F", MemberKind.Constructor => "C", _ => "M" }) + (member.IsBlocking ? "b" : "") + (member.Return == ReturnKind.Stream ? "s" : "")
                + (member.IsIdempotent ? "i" : ""),
            member.Concurrency.ToString(CultureInfo.InvariantCulture),
            type.Type.FullName,
            (member.Kind switch { MemberKind.Getter => "get ", MemberKind.Setter => "set ", MemberKind.Fetch => "fetch ", _ => "" }) + member.Name,
            member.Result is null ? "" : Plain(member.Result.TypeName),
            member.Kind switch { MemberKind.Function => NeedsText(member.Needs), MemberKind.Constructor => NeedsText(type.Class!.Needs), _ => "" },
            .. member.Parameters.Where(static one => one.Travels).Select(static one
                => (one.Kind switch { ParameterKind.Stream => "*", ParameterKind.Progress => "!", _ => "" })
                    + one.Name + ":" + Plain(one.TypeName) + (one.DefaultJson is null ? "" : "=" + one.DefaultJson)),
        ]);

    private static string Plain(string typeName) => typeName.Replace("global::", "");

    // From the code, Resources.Parse(gpu: "A100|H100", cpus: "8+"): gpu=A100 or H100, cpus=8+.
    private static string NeedsText(string needs) => needs == RuntimeNames.NoResources ? ""
        : needs.Substring(needs.IndexOf('(') + 1).TrimEnd(')').Replace("\"", "").Replace(": ", "=").Replace("|", " or ");

    private static void Services(SourceWriter source, ContractModel contract, bool anyUse)
    {
        if (contract.Startup is null && !anyUse)
            return;
        string configure = contract.Startup is not { } startup ? "null"
            : startup.IsStatic ? $"static services => {startup.TypeName}.ConfigureServices(services)"
            : $"static services => new {startup.TypeName}().ConfigureServices(services)";
        source.Lines($$"""

            public override global::System.IServiceProvider? CreateServices({{RuntimeNames.RemoteServicesContext}} context)
                => {{RuntimeNames.RemoteServices}}.Create(context, {{configure}});
            """);
    }

    private static void Initializer(SourceWriter source, ContractModel contract)
    {
        source.Line();
        source.Line(RuntimeNames.GeneratedInternals);
        source.Open("internal static class ContractInitializer");
        source.Line("[global::System.Runtime.CompilerServices.ModuleInitializer]");
        source.Open("internal static void Initialize()");
        source.Line($"{RuntimeNames.RemoteContracts}.Register(Contract.Instance);");
        foreach (RemoteTypeModel type in contract.Types.Where(t => t.Class is not null))
            source.Line($"{RuntimeNames.RemoteProxies}.Register(typeof({type.Type.TypeName}), {type.Type.Beside(type.Type.Placement)}.CreateFactory());");
        source.Close();
        source.Close();
    }
}
