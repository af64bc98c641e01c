using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Code in remote members, and in what they reach, that means something else on another machine. RH0100 to RH0159.</summary>
internal static class PortabilityRules
{
    private const string Category = "Runhouse.Portability";

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [];
}
