using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Code whose shape has no remote form: the generator cannot write a proxy or a dispatcher for it. RH0001 to RH0029.</summary>
internal static partial class ShapeRules
{
    private const string Category = "Runhouse.Shape";

    public static readonly DiagnosticDescriptor Inaccessible = new(
        "RH0001",
        "Remote code is inaccessible",
        "'{0}' is not accessible to the generated dispatcher: make it and the types around it internal or public",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0001.md");

    public static readonly DiagnosticDescriptor Unconstructible = new(
        "RH0002",
        "Remote class cannot be constructed",
        "'{0}' {1}, so no remote object can be made of it: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0002.md");

    public static readonly DiagnosticDescriptor OpenGeneric = new(
        "RH0003",
        "Remote code is generic",
        "'{0}' has type parameters, and what travels must be known at compile time: {1}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0003.md");

    public static readonly DiagnosticDescriptor ByReference = new(
        "RH0004",
        "Parameter cannot travel",
        "Parameter '{1}' of '{0}' is ref, out, in, a pointer or a ref struct, which cannot leave the process: pass it by value, memory as an array or ReadOnlyMemory<T>, and return what the method changes",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0004.md");

    public static readonly DiagnosticDescriptor SeveralTokens = new(
        "RH0005",
        "Several cancellation tokens",
        "'{0}' takes more than one CancellationToken, and a call has one: keep one and link the others inside",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0005.md");

    public static readonly DiagnosticDescriptor NestedAsync = new(
        "RH0006",
        "Result cannot travel",
        "'{0}' returns {1}, which cannot travel: return Task, Task<T>, ValueTask, ValueTask<T>, IAsyncEnumerable<T> or a plain value",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0006.md");

    public static readonly DiagnosticDescriptor IdClash = new(
        "RH0007",
        "Remote members share an id",
        "'{0}' and '{1}' hash to the same id: rename one of them",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0007.md");

    public static readonly DiagnosticDescriptor SameConstructors = new(
        "RH0008",
        "Constructors look the same to callers",
        "Two constructors of '{0}' differ only in [FromServices] parameters or tokens, so a caller cannot choose: keep one of them public",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0008.md");

    public static readonly DiagnosticDescriptor Collision = new(
        "RH0009",
        "Remote members look the same to callers",
        "'{0}' and '{1}' both become '{2}' for callers: rename one of them or make one internal",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0009.md");

    public static readonly DiagnosticDescriptor RequiredMembers = new(
        "RH0010",
        "Remote class has required members",
        "'{0}' has required members, which no remote constructor can set: make them constructor parameters or mark the constructor with [SetsRequiredMembers]",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0010.md");

    public static readonly DiagnosticDescriptor InstanceFunction = new(
        "RH0011",
        "Instance method of a class that is not remote",
        "'{0}' is marked [Remote] but is neither static nor in a remote class: make it static, or mark its class with [Remote]",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0011.md");

    public static readonly DiagnosticDescriptor Startup = new(
        "RH0012",
        "Startup has no ConfigureServices",
        "'{0}' has no accessible 'void ConfigureServices(IServiceCollection services)' with an accessible parameterless constructor: add it, so that the worker can register services",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0012.md");

    /// <summary>All of them. Evaluated when asked for: the fields of the other part may not be there before.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All =>
    [
        Inaccessible, Unconstructible, OpenGeneric, ByReference, SeveralTokens, NestedAsync, IdClash, SameConstructors, Collision, RequiredMembers, InstanceFunction, Startup,
        TokenPlace, Event, Indexer, Field, Synchronous, AsyncVoid, Negative, Service,
        Disposal, HiddenEntryPoint, InheritedEntryPoint, LanguageVersion, Ineffective, NameTaken, Memberless, NotIdempotent,
    ];
}
