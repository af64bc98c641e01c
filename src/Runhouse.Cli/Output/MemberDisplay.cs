using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Generated;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Shows what can be called.</summary>
internal static class MemberDisplay
{
    /// <summary>The members as <c>--json</c> has them, by their names.</summary>
    /// <param name="members">The members.</param>
    public static IReadOnlyList<MemberEntry> Entries(IEnumerable<RemoteMember> members) =>
    [
        .. members.Where(static one => one.Name.Length > 0).OrderBy(MemberNames.Full, StringComparer.Ordinal).ThenBy(static one => one.Parameters.Count).Select(static one => new MemberEntry(
            MemberNames.Full(one),
            one.Kind,
            MemberNames.Describe(one),
            [.. one.Parameters.Select(static parameter => new ParameterEntry(parameter.Name, parameter.TypeName, parameter.Kind, parameter.IsRequired))],
            one.ResultType.Length == 0 ? null : one.ResultType,
            one.IsStream,
            one.Needs.Length == 0 ? null : one.Needs)),
    ];

    /// <summary>Shows those that can be called: a constructor makes an object for a program, which alone can hold it.</summary>
    /// <param name="members">The members.</param>
    /// <param name="isOfObject">Whether they are of an object that was named.</param>
    /// <param name="console">Where.</param>
    public static void Show(IReadOnlyList<MemberEntry> members, bool isOfObject, IAnsiConsole console)
    {
        // Not a table: a signature that a terminal cuts is of no use.
        foreach (MemberEntry member in members.Where(static one => one.Kind != RemoteMemberKind.Constructor))
        {
            string how = member.Kind == RemoteMemberKind.Member && !isOfObject ? "  --name NAME" : "";
            console.Profile.Out.Writer.WriteLine($"{member.Signature}{how}{(member.Needs is null ? "" : $"  [{member.Needs}]")}");
        }
    }
}
