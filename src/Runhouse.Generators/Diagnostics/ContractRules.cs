using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Changes that break what is deployed or stored. RH0400 to RH0409.</summary>
internal static class ContractRules
{
    private const string Category = "Runhouse.Contract";

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [];
}
