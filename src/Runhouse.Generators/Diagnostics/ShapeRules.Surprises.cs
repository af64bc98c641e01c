using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <content>Shapes that have a remote form, but not the one that they look like.</content>
internal static partial class ShapeRules
{
    public static readonly DiagnosticDescriptor TokenPlace = new(
        "RH0013",
        "Cancellation token is not last",
        "'{0}' takes its CancellationToken before other parameters, so the generated form and an overload without the token do not line up: make it the last parameter",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0013.md");

    public static readonly DiagnosticDescriptor Event = new(
        "RH0014",
        "Event of a remote class",
        "'{0}' is an event, which the proxy does not have, because a delegate cannot travel: add a method that returns IAsyncEnumerable<T>, or make the event internal",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0014.md");

    public static readonly DiagnosticDescriptor Indexer = new(
        "RH0015",
        "Indexer of a remote class",
        "'{0}' is an indexer, which the proxy does not have: add methods such as GetItem and SetItem, or make the indexer internal",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0015.md");

    public static readonly DiagnosticDescriptor Field = new(
        "RH0016",
        "Public field of a remote class",
        "'{0}' is a public field, which the proxy does not have: make it a property, or internal",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0016.md");

    public static readonly DiagnosticDescriptor Synchronous = new(
        "RH0017",
        "Remote function is synchronous",
        "'{0}' is synchronous, so a plain call blocks its thread for the whole trip: return Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0017.md");

    public static readonly DiagnosticDescriptor AsyncVoid = new(
        "RH0018",
        "Remote member is async void",
        "'{0}' is async void, so a call would end before its work does and lose its errors: return Task",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0018.md");

    public static readonly DiagnosticDescriptor Negative = new(
        "RH0019",
        "Number of calls is negative",
        "'{0}' has {1} = {2}, which counts calls: give a positive number, or leave it out",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0019.md");

    public static readonly DiagnosticDescriptor Service = new(
        "RH0020",
        "Parameter is a service",
        "Parameter '{1}' of '{0}' is of type {2}, which cannot travel: mark it [FromServices], so that the worker resolves it, or take the data that it is made from",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0020.md");

    public static readonly DiagnosticDescriptor Disposal = new(
        "RH0021",
        "Disposal is never called",
        "'{0}' is not called by callers and not by the worker, because its class does not implement {1}: implement it",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0021.md");

    public static readonly DiagnosticDescriptor HiddenEntryPoint = new(
        "RH0022",
        "Entry point is hidden",
        "'{0}' hides the entry point that callers write as {1}: rename it, or use {2}",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0022.md");

    public static readonly DiagnosticDescriptor InheritedEntryPoint = new(
        "RH0023",
        "Entry point of a base class",
        "'{0}' is the entry point of '{1}', and makes one of these: mark '{2}' with [Remote] and give it a constructor of these parameters, or write '{1}'",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0023.md");

    public static readonly DiagnosticDescriptor LanguageVersion = new(
        "RH0024",
        "Language version without extension members",
        "'{0}' has no entry point {1} in this language version: set <LangVersion> to 14 or later, or use {2}",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0024.md");

    public static readonly DiagnosticDescriptor Ineffective = new(
        "RH0025",
        "[Remote] does nothing here",
        "[Remote] does nothing on {0}: {1}",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0025.md");

    public static readonly DiagnosticDescriptor NameTaken = new(
        "RH0026",
        "Name is taken by generated code",
        "'{0}' has the name of {1}: rename it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0026.md");

    public static readonly DiagnosticDescriptor Memberless = new(
        "RH0027",
        "Remote class has nothing to call",
        "'{0}' has no public method or property, so nobody can do anything with its objects: make public what callers shall reach",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0027.md");

    public static readonly DiagnosticDescriptor NotIdempotent = new(
        "RH0028",
        "Retried code is not marked idempotent",
        "'{0}' has Retries = {1} and is not marked Idempotent, so only calls that surely have not begun are made again: add Idempotent = true where a second run does no harm",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0028.md");
}
