using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>What a [Remote] attribute asks for that no machine can give. RH0300 to RH0319.</summary>
internal static class ResourceRules
{
    private const string Category = "Runhouse.Resources";

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [];
}
