using System.Globalization;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes an assembly's contract: its members, its switch, its services, and the module initializer that registers it.</summary>
internal static class ContractEmitter
{
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
        source.Line(RuntimeNames.GeneratedCode);
        source.Open($"internal sealed class Contract : {RuntimeNames.RemoteContract}");
        source.Lines($$"""
            private static readonly {{RuntimeNames.RemoteMember}}[] All =
            [
            """);
        source.Indent();
        foreach (var (type, member) in members)
            source.Line(Describe(type, member) + ",");
        source.Outdent();
        source.Lines($$"""
            ];

            public static Contract Instance { get; } = new();

            public override string AssemblyName => {{Parsing.Literals.Text(info.AssemblyName)}};

            public override ulong Hash => {{StableHash.Literal(Hash(members))}};

            public override global::System.Collections.Generic.IReadOnlyList<{{RuntimeNames.RemoteMember}}> Members => All;

            """);
        source.Open($"public override global::System.Threading.Tasks.ValueTask DispatchAsync({RuntimeNames.IncomingCall} call) => call.MethodId switch");
        foreach (var (type, member) in members)
            source.Line($"{StableHash.Literal(member.Id)} => {DispatcherEmitter.ClassName(type)}.{CallEmitter.Field(member)}(call),");
        string mismatch = $"throw new {RuntimeNames.ContractMismatchException}($\"Member {{call.MethodId:x16}} is not in the contract of \\\"{info.AssemblyName}\\\". Redeploy, so that caller and worker run the same build.\")";
        source.Line($"_ => {mismatch},");
        source.Close(";");
        Services(source, contract, members.Any(m => m.Member.Parameters.Any(p => p.Kind == ParameterKind.Service)));
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

    private static string Describe(ContainingTypeModel type, RemoteMemberModel member)
    {
        string kind = member.Kind switch { MemberKind.Function => "Function", MemberKind.Constructor => "Constructor", _ => "Member" };
        string more = string.Join(", ", new[]
        {
            member.IsBlocking ? "IsBlocking = true" : "",
            member.Concurrency > 0 ? "Concurrency = " + member.Concurrency.ToString(CultureInfo.InvariantCulture) : "",
        }.Where(t => t.Length > 0));
        return $"new({StableHash.Literal(member.Id)}, {Parsing.Literals.Text(type.FullName)}, {Parsing.Literals.Text(member.Signature)}, {StableHash.Literal(member.SchemaHash)}, {RuntimeNames.RemoteMemberKind}.{kind})"
            + (more.Length == 0 ? "" : " { " + more + " }");
    }

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
        source.Line(RuntimeNames.GeneratedCode);
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
