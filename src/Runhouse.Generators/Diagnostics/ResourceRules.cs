using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>What a [Remote] attribute asks for that no machine can give. RH0300 to RH0309.</summary>
internal static class ResourceRules
{
    private const string Category = "Runhouse.Resources";

    public static readonly DiagnosticDescriptor Grammar = Rule(
        "RH0300", DiagnosticSeverity.Error, "Resource does not follow the grammar", "{0}");

    public static readonly DiagnosticDescriptor UnknownAccelerator = Rule(
        "RH0301", DiagnosticSeverity.Warning, "Accelerator is unknown", "No accelerator is known as '{0}'{1}");

    public static readonly DiagnosticDescriptor NoMachine = Rule(
        "RH0302", DiagnosticSeverity.Warning, "No machine has that much", "{0}, which no machine has: {1}");

    public static readonly DiagnosticDescriptor NeverChosen = Rule(
        "RH0303", DiagnosticSeverity.Warning, "Alternative is never chosen", "'{0}' is never chosen, because '{1}' stands before it and is content with the same machines: take it out or move it to the front");

    public static readonly DiagnosticDescriptor TooLittleMemory = Rule(
        "RH0304", DiagnosticSeverity.Warning, "Memory is too little for a worker", "Memory = \"{0}\" is {1} MiB, too little for a worker to start in: the unit is GiB; write at least \"0.25\"");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [Grammar, UnknownAccelerator, NoMachine, NeverChosen, TooLittleMemory];

    private static DiagnosticDescriptor Rule(string id, DiagnosticSeverity severity, string title, string message)
        => new(id, title, message, Category, severity, isEnabledByDefault: true, helpLinkUri: HelpPages.Root + id + ".md");
}
