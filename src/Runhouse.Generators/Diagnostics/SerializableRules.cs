using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Types in the signature of a remote member that cannot travel, with the path to the member at fault. RH0030 to RH0049.</summary>
internal static class SerializableRules
{
    private const string Category = "Runhouse.Serializable";

    public static readonly DiagnosticDescriptor Unserializable = new(
        "RH0030",
        "Type cannot travel",
        "'{0}': {1} of type {2} cannot travel: {3}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0030.md");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [
        Unserializable,
    ];
}
