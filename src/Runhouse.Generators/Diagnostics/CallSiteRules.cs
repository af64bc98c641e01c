using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Uses of remote code that do not do what they look like. RH0200 to RH0229.</summary>
internal static class CallSiteRules
{
    private const string Category = "Runhouse.CallSites";

    public static readonly DiagnosticDescriptor MethodGroup = Rule(
        "RH0200",
        DiagnosticSeverity.Warning,
        "Delegate of a remote function runs here",
        "'{0}' as a delegate runs in this process, not remotely: pass a lambda that calls it, or '{1}'");

    public static readonly DiagnosticDescriptor Dynamic = Rule(
        "RH0201",
        DiagnosticSeverity.Warning,
        "Dynamic call of a remote function runs here",
        "'{0}' with a dynamic argument is chosen at run time and runs in this process, not remotely: cast the argument to its type");

    public static readonly DiagnosticDescriptor ExpressionTree = Rule(
        "RH0202",
        DiagnosticSeverity.Warning,
        "Remote function in an expression tree runs here",
        "'{0}' in an expression tree is not a call yet, and whoever compiles the tree runs it here, not remotely: call it outside of the tree");

    public static readonly DiagnosticDescriptor Base = Rule(
        "RH0203",
        DiagnosticSeverity.Warning,
        "Base call of a remote member runs here",
        "'base.{0}' runs in this process, on this object, though '{1}' is remote: call a remote '{1}' from 'await {1}.RemoteAsync(...)', or mark '{2}' with [Remote]");

    public static readonly DiagnosticDescriptor Local = Rule(
        "RH0204",
        DiagnosticSeverity.Info,
        "Remote class is made here",
        "'new {0}' makes an ordinary object in this process: write 'await {0}.RemoteAsync(...)' for a remote one");

    public static readonly DiagnosticDescriptor Blocking = Rule(
        "RH0205",
        DiagnosticSeverity.Warning,
        "Thread waits for a remote call",
        "This {0}: await the call");

    public static readonly DiagnosticDescriptor Serial = Rule(
        "RH0206",
        DiagnosticSeverity.Info,
        "Remote calls of a loop wait for each other",
        "'{0}' is awaited in each round before the next one begins, and the rounds do not need each other's results: start the calls, and await them with 'Task.WhenAll'");

    public static readonly DiagnosticDescriptor Token = Rule(
        "RH0207",
        DiagnosticSeverity.Info,
        "Token is not passed to a remote call",
        "'{0}' goes on in its worker when '{1}' is cancelled: pass '{1}' to it");

    public static readonly DiagnosticDescriptor Proxy = Rule(
        "RH0208",
        DiagnosticSeverity.Warning,
        "Proxy is never disposed",
        "{0} is never disposed, and so its object stays in its worker until this process ends: declare it with 'await using', or give the object a name");

    public static readonly DiagnosticDescriptor Stream = Rule(
        "RH0209",
        DiagnosticSeverity.Warning,
        "Stream is never read",
        "'{0}' runs when its stream is read, and nobody reads it: write 'await foreach', or return a Task");

    public static readonly DiagnosticDescriptor Unreachable = Rule(
        "RH0210",
        DiagnosticSeverity.Warning,
        "Exception cannot arrive",
        "'{0}' cannot be built again from what travels, and arrives as RemoteException: write 'catch (RemoteException e) when (e.Is<{0}>())', or give it a constructor that takes its message");

    public static readonly DiagnosticDescriptor Repeated = Rule(
        "RH0211",
        DiagnosticSeverity.Info,
        "Large value is sent anew in each round of a loop",
        "{0} ({1}) does not change in the loop, and travels again with each call of '{2}': send it once, to a remote function that returns a RemoteRef<{3}> to it, or to a remote class's constructor");

    public static readonly DiagnosticDescriptor Generated = Rule(
        "RH0212",
        DiagnosticSeverity.Warning,
        "Call in generated code runs here",
        "'{0}' is called by code that another generator wrote, where plain calls are not redirected: it runs in this process. Call it through '{1}'");

    public static readonly DiagnosticDescriptor Reference = Rule(
        "RH0213",
        DiagnosticSeverity.Warning,
        "Reference is never disposed",
        "{0} is never disposed, and so its value stays in its worker until this process ends: declare it with 'await using'");

    public static readonly DiagnosticDescriptor Fetch = Rule(
        "RH0214",
        DiagnosticSeverity.Warning,
        "Value of a reference cannot be fetched",
        "The value cannot travel ({0}): pass the reference to a remote function that reads its Value and returns what is needed");

    public static readonly DiagnosticDescriptor Injection = Rule(
        "RH0215",
        DiagnosticSeverity.Error,
        "Proxy does not implement the interface",
        "The proxy of '{0}' does not implement '{1}', so AddRemote fails when the application starts: make all members of the interface methods that return Task, ValueTask or IAsyncEnumerable<T>");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [
        MethodGroup, Dynamic, ExpressionTree, Base, Local, Blocking, Serial, Token, Proxy, Stream, Unreachable, Repeated, Generated, Reference, Fetch, Injection,
    ];

    private static DiagnosticDescriptor Rule(string id, DiagnosticSeverity severity, string title, string message)
        => new(id, title, message, Category, severity, isEnabledByDefault: true, helpLinkUri: HelpPages.Root + id + ".md");
}
