using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Classes whose named objects are to keep their state, and cannot. RH0050 to RH0059.</summary>
internal static class SnapshotRules
{
    private const string Category = "Runhouse.Snapshot";

    public static readonly DiagnosticDescriptor Several = new(
        "RH0050",
        "Object has several states",
        "'{0}' implements ISnapshot<TState> for {1}, and an object has one state: put both into one type",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0050.md");

    public static readonly DiagnosticDescriptor NotRemote = new(
        "RH0051",
        "Snapshot of a class that is not remote",
        "'{0}' implements ISnapshot<TState> and is not remote, so nobody takes its state: mark it with [Remote]",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0051.md");

    public static readonly DiagnosticDescriptor Unrepeatable = new(
        "RH0052",
        "Constructor cannot be called again",
        "A constructor of '{0}' takes a stream, a receiver of progress or a reference, which end with its caller, so that an object made by it cannot be made again from its state: take these by a method",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0052.md");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [Several, NotRemote, Unrepeatable];
}
