using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Finds out whether the named objects of a remote class keep their state: whether it implements <c>ISnapshot&lt;TState&gt;</c>.</summary>
internal static class SnapshotParser
{
    /// <summary>Whether a type is <c>ISnapshot&lt;TState&gt;</c>.</summary>
    /// <param name="type">The type.</param>
    public static bool IsSnapshot(INamedTypeSymbol type) => type.OriginalDefinition.Is("Runhouse", "ISnapshot`1");

    /// <summary>Whether a method is one that the worker alone calls, to take or to restore the state.</summary>
    /// <param name="type">The class.</param>
    /// <param name="method">The method.</param>
    public static bool IsOwn(INamedTypeSymbol type, IMethodSymbol method) => type.AllInterfaces.Where(IsSnapshot)
        .SelectMany(static one => one.GetMembers())
        .Any(one => SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(one), method));

    /// <summary>Reads what a class says of its state; null when it has none, or none that can be kept.</summary>
    /// <param name="type">The class.</param>
    /// <param name="members">Reads the state's type.</param>
    /// <param name="constructors">Its constructors.</param>
    /// <param name="location">The place of problems that have none of their own.</param>
    /// <param name="sink">Where problems go.</param>
    public static SnapshotModel? Parse(INamedTypeSymbol type, MemberParser members, IEnumerable<RemoteMemberModel> constructors, Location? location, ProblemSink sink)
    {
        INamedTypeSymbol[] snapshots = [.. type.AllInterfaces.Where(IsSnapshot)];
        if (snapshots.Length == 0)
            return null;
        if (snapshots.Length > 1)
        {
            string[] states = [.. snapshots.Select(static one => one.TypeArguments[0].ToDisplayString(TypeNames.Plain)).OrderBy(static one => one, StringComparer.Ordinal)];
            sink.Add(SnapshotRules.Several, location, type.Name, string.Join(" and ", states));
            return null;
        }

        if (constructors.Any(static one => one.Parameters.Any(static parameter => parameter.Kind is ParameterKind.Stream or ParameterKind.Progress || parameter.Shape is { HoldsReferences: true })))
            sink.Add(SnapshotRules.Unrepeatable, location, type.Name);
        ISymbol take = type.FindImplementationForInterfaceMember(snapshots[0].GetMembers("TakeSnapshotAsync")[0]) ?? type;
        return members.State(snapshots[0].TypeArguments[0], take, location) is { } state ? new SnapshotModel(state) : null;
    }
}
