using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes the caller's side of remote members: the static description of each, and the methods that make the calls.</summary>
/// <param name="source">Where the code goes.</param>
/// <param name="serializers">Writes and reads values.</param>
internal sealed class CallEmitter(SourceWriter source, SerializerEmitter serializers)
{
    private const string Token = "global::System.Threading.CancellationToken";

    /// <summary>Whether the methods that make calls have a variable of a parameter's name.</summary>
    /// <param name="name">The parameter's name.</param>
    public static bool IsOwn(string name) => name is "__call" or "__writer" or "__error" or "__placement" or "__creation";

    /// <summary>Writes the class that describes the members.</summary>
    /// <param name="members">The members.</param>
    public void Methods(IReadOnlyList<RemoteMemberModel> members)
    {
        if (members.Count == 0)
            return;
        source.Line();
        source.Line("[global::System.Obsolete] // as code that users do not see: it may name what they mark");
        source.Open("private static class Methods");
        foreach (RemoteMemberModel member in members)
        {
            string type = member.Return == ReturnKind.Stream
                ? $"{RuntimeNames.RemoteStreamMethod}<{member.Result!.TypeName}>"
                : $"{RuntimeNames.RemoteMethod}<{ResultType(member)}>";
            string read = member.Kind == MemberKind.Constructor ? $"static (ref {RuntimeNames.WireReader} reader) => reader.ReadUInt64()"
                : member.Result is null ? "null"
                : serializers.ReadDelegate(member.Result);

            string[] marks =
            [
                .. member.Result is { HoldsReferences: true } ? ["HoldsReferences = true"] : Array.Empty<string>(),
                .. member.Parameters.Any(static p => p.Kind == ParameterKind.Token) ? Array.Empty<string>() : ["TakesNoToken = true"],
                .. member.IsIdempotent ? ["IsIdempotent = true"] : Array.Empty<string>(),
                .. member.Retries > 0 ? ["Retries = " + member.Retries.ToString(System.Globalization.CultureInfo.InvariantCulture)] : Array.Empty<string>(),
            ];

            // Named in full: of `new(...)` the compiler looks for the constructor twice, and there are many members.
            source.Line($"public static readonly {type} {Field(member)} = new {type}(");
            source.Line($"    {StableHash.Literal(member.Id)}, \"{member.DisplayName}\", {StableHash.Literal(member.SchemaHash)}, {read}){(marks.Length == 0 ? "" : $" {{ {string.Join(", ", marks)} }}")};");
        }

        source.Close();
    }

    /// <summary>Writes a method that calls a member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="modifiers">The method's modifiers.</param>
    /// <param name="target">The target's expression.</param>
    public void Call(RemoteMemberModel member, string modifiers, string target)
    {
        source.Line();
        Documentation(member);
        Marks(member);
        source.Open($"{modifiers} {ReturnType(member)} {member.ProxyName}({Parameters(member)})");
        string token = TokenName(member);
        if (member.Parameters.Any(p => p.IsParams) && !member.Parameters.Any(p => p.Kind == ParameterKind.Token))
            token = "default";
        string begin = member.Return == ReturnKind.Stream ? "BeginStream" : "Begin";
        source.Line($"var __call = {target}.{begin}(Methods.{Field(member)}, out {RuntimeNames.WireWriter} __writer);");
        string form = member.Return switch
        {
            ReturnKind.Task => "VoidTaskAsync",
            ReturnKind.TaskOfValue => "TaskAsync",
            ReturnKind.Void or ReturnKind.ValueTask => "VoidAsync",
            _ => "Async",
        };
        bool isStream = member.Return == ReturnKind.Stream;
        Arguments(member, $"return __call.Fail{(isStream ? "" : form)}(ref __writer, __error);");
        source.Line($"return __call.{(isStream ? "Stream" : "Send" + form)}(ref __writer, {token});");
        source.Close();
    }

    /// <summary>Writes a method that cannot call its member: the build reports why, and a build without that report says it when called.</summary>
    /// <param name="member">The member.</param>
    /// <param name="modifiers">The method's modifiers.</param>
    /// <param name="returnType">What the method returns.</param>
    public void Refuse(RemoteMemberModel member, string modifiers, string returnType)
    {
        source.Line();
        source.Line("/// <summary>Cannot be called: a type of its signature cannot travel.</summary>");
        Marks(member);
        source.Line($"{modifiers} {returnType} {member.ProxyName}({Parameters(member)})");
        source.Line($"    => throw new global::System.NotSupportedException(\"'{member.DisplayName}' cannot be called remotely, because a type of its signature cannot travel. Build it without suppressing RH0020 and RH0030 to RH0041, which say which type and what to use instead.\");");
    }

    /// <summary>Writes the arguments of the call <c>__call</c> with <c>__writer</c>.</summary>
    /// <param name="member">The member.</param>
    /// <param name="fail">The statement that gives the call up.</param>
    public void Arguments(RemoteMemberModel member, string fail)
    {
        var travelling = member.Parameters.Where(p => p.Travels).ToList();
        if (travelling.Count == 0)
            return;
        source.Open("try");
        foreach (ParameterModel parameter in travelling)
        {
            source.Line($"__writer.Member(\"{parameter.Name}\"u8);");
            source.Line(parameter.Kind switch
            {
                ParameterKind.Stream => $"__call.WriteStream(ref __writer, {parameter.Identifier}, {serializers.WriteDelegate(parameter.Shape!)});",
                ParameterKind.Progress => $"__call.WriteProgress(ref __writer, {parameter.Identifier}, {serializers.ReadDelegate(parameter.Shape!)});",
                _ => serializers.WriteStatement(parameter.Shape!, "__writer", parameter.Identifier),
            });
        }

        source.Close();
        source.Open("catch (global::System.Exception __error)");
        source.Line(fail);
        source.Close();
    }

    /// <summary>The documentation of the member's own declaration.</summary>
    /// <param name="member">The member.</param>
    public void Documentation(RemoteMemberModel member)
        => source.Line(member.DocumentationId is { } id
            ? $"/// <inheritdoc cref=\"{System.Security.SecurityElement.Escape(id)}\"/>"
            : $"/// <summary>Calls <c>{System.Security.SecurityElement.Escape(member.DisplayName)}</c> where it runs.</summary>");

    /// <summary>The attributes of the member's own declaration that callers shall see.</summary>
    /// <param name="member">The member.</param>
    public void Marks(RemoteMemberModel member)
    {
        if (member.Marks.Length > 0)
            source.Line(member.Marks);
    }

    /// <summary>The parameters as callers see them: without services, and with a trailing token when none is declared.</summary>
    /// <param name="member">The member.</param>
    public static string Parameters(RemoteMemberModel member)
    {
        var parameters = member.Parameters.Where(p => p.Kind != ParameterKind.Service)
            .Select(p => (p.IsParams ? "params " : "") + p.TypeName + " " + p.Identifier + (p.DefaultValue is null || p.IsParams ? "" : " = " + p.DefaultValue))
            .ToList();
        if (AddsToken(member))
            parameters.Add($"{Token} {TokenName(member)} = default");
        return string.Join(", ", parameters);
    }

    /// <summary>The arguments that pass the parameters on.</summary>
    /// <param name="member">The member.</param>
    public static string PassOn(RemoteMemberModel member)
    {
        var arguments = member.Parameters.Where(p => p.Kind != ParameterKind.Service).Select(p => p.Identifier).ToList();
        if (AddsToken(member))
            arguments.Add(TokenName(member));
        return string.Join(", ", arguments);
    }

    /// <summary>Whether callers see a token that the member does not declare.</summary>
    /// <param name="member">The member.</param>
    public static bool AddsToken(RemoteMemberModel member) => !member.Parameters.Any(p => p.IsParams || p.Kind == ParameterKind.Token);

    /// <summary>The name of the token's parameter.</summary>
    /// <param name="member">The member.</param>
    public static string TokenName(RemoteMemberModel member)
        => member.Parameters.FirstOrDefault(p => p.Kind == ParameterKind.Token)?.Identifier
            ?? (member.Parameters.Any(p => p.Name == "cancellationToken") ? "callCancellationToken" : "cancellationToken");

    /// <summary>The member's field in <c>Methods</c>.</summary>
    /// <param name="member">The member.</param>
    public static string Field(RemoteMemberModel member) => "M" + StableHash.Literal(member.Id).Substring(2, 16);

    /// <summary>What the proxy's method returns.</summary>
    /// <param name="member">The member.</param>
    public static string ReturnType(RemoteMemberModel member) => member.Return switch
    {
        ReturnKind.Task => "global::System.Threading.Tasks.Task",
        ReturnKind.TaskOfValue => $"global::System.Threading.Tasks.Task<{member.Result!.TypeName}>",
        ReturnKind.Stream => $"global::System.Collections.Generic.IAsyncEnumerable<{member.Result!.TypeName}>",
        ReturnKind.Void or ReturnKind.ValueTask => "global::System.Threading.Tasks.ValueTask",
        _ => $"global::System.Threading.Tasks.ValueTask<{member.Result!.TypeName}>",
    };

    private static string ResultType(RemoteMemberModel member)
        => member.Kind == MemberKind.Constructor ? "ulong" : member.Result?.TypeName ?? RuntimeNames.Unit;
}
