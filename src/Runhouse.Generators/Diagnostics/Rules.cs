using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>All rules, by id.</summary>
internal static class Rules
{
    private static readonly Dictionary<string, DiagnosticDescriptor> ById =
        ShapeRules.All.Concat(SerializableRules.All).Concat(SnapshotRules.All).Concat(PortabilityRules.All).Concat(CallSiteRules.All).Concat(ResourceRules.All).Concat(ScheduleRules.All)
            .Concat(ContractRules.All)
            .ToDictionary(static rule => rule.Id, StringComparer.Ordinal);

    /// <summary>All rules.</summary>
    public static IReadOnlyCollection<DiagnosticDescriptor> All => ById.Values;

    /// <summary>The rule of an id.</summary>
    /// <param name="id">The id.</param>
    public static DiagnosticDescriptor Find(string id) => ById[id];
}
