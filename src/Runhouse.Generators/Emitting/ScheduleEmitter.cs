using System.Globalization;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes which functions of a contract a host runs by itself, and with which arguments: the defaults of their parameters.</summary>
internal static class ScheduleEmitter
{
    /// <summary>Writes the contract's schedules, if there are any.</summary>
    /// <param name="source">Where the code goes, in the contract's class.</param>
    /// <param name="members">The members of the contract.</param>
    /// <param name="serializers">Writes values.</param>
    public static void Emit(SourceWriter source, IEnumerable<RemoteMemberModel> members, SerializerEmitter serializers)
    {
        List<RemoteMemberModel> scheduled = [.. members.Where(static one => one.Schedule is not null)];
        if (scheduled.Count == 0)
            return;
        source.Line();
        source.Open($"public override global::System.Collections.Generic.IReadOnlyList<{RuntimeNames.RemoteSchedule}> Schedules {{ get; }} = new {RuntimeNames.RemoteSchedule}[]");
        foreach (RemoteMemberModel member in scheduled)
            source.Line($"new {RuntimeNames.RemoteSchedule}({StableHash.Literal(member.Id)}, {Literals.Text(member.Schedule!.Expression)}) {{ {string.Join(", ", Marks(member))} }},");
        source.Close(";");
        foreach (RemoteMemberModel member in scheduled.Where(static one => one.Parameters.Any(static p => p.Travels)))
            Arguments(source, member, serializers);
    }

    private static IEnumerable<string> Marks(RemoteMemberModel member)
    {
        yield return $"TimeZone = {Literals.Text(member.Schedule!.TimeZone)}";
        if (member.Schedule.KeepsUp)
            yield return "KeepsUp = true";
        if (member.Retries > 0)
            yield return "Retries = " + member.Retries.ToString(CultureInfo.InvariantCulture);
        if (member.Parameters.Any(static one => one.Travels))
            yield return "WriteArguments = " + Defaults(member);
    }

    private static void Arguments(SourceWriter source, RemoteMemberModel member, SerializerEmitter serializers)
    {
        source.Line();
        source.Open($"private static void {Defaults(member)}(ref {RuntimeNames.WireWriter} writer, {RuntimeNames.Unit} nothing)");
        int number = 0;
        foreach (ParameterModel parameter in member.Parameters.Where(static one => one.Travels))
        {
            source.Line($"writer.Member(\"{parameter.Name}\"u8);");
            if (parameter.Kind != ParameterKind.Value)
            {
                // Nobody sends it items, and nobody takes its reports.
                source.Line("writer.WriteNil();");
                continue;
            }

            source.Line($"{parameter.TypeName} a{number} = {parameter.DefaultValue};");
            source.Line(serializers.WriteStatement(parameter.Shape!, "writer", "a" + number.ToString(CultureInfo.InvariantCulture)));
            number++;
        }

        source.Close();
    }

    private static string Defaults(RemoteMemberModel member) => "Defaults" + CallEmitter.Field(member);
}
