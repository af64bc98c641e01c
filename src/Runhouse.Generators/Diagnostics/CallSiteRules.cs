using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Uses of remote code that do not do what they look like. RH0200 to RH0229.</summary>
internal static class CallSiteRules
{
    private const string Category = "Runhouse.CallSites";

    public static readonly DiagnosticDescriptor MethodGroup = new(
        "RH0200",
        "Delegate of a remote function runs here",
        "'{0}' as a delegate runs in this process, not remotely: pass a lambda that calls it, or '{1}'",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0200.md");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [MethodGroup];
}
