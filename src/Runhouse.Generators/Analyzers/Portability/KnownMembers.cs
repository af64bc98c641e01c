using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>The members of the framework and of its companions that mean something else in a worker: looked up by symbol, never by name.</summary>
internal sealed class KnownMembers
{
    private static readonly (string Type, string Members, DiagnosticDescriptor Rule)[] Table =
    [
        ("System.Environment", "MachineName UserName UserDomainName", PortabilityRules.MachineName),
        ("System.Net.Dns", "GetHostName", PortabilityRules.MachineName),
        ("System.Environment", "CurrentDirectory=", PortabilityRules.CurrentDirectory),
        ("System.IO.Directory", "SetCurrentDirectory", PortabilityRules.CurrentDirectory),
        ("System.Environment", "GetFolderPath", PortabilityRules.UserFolder),
        ("System.Reflection.Assembly", "Location CodeBase EscapedCodeBase", PortabilityRules.AssemblyPath),
        ("System.Environment", "ProcessPath CommandLine GetCommandLineArgs", PortabilityRules.Program),
        ("System.Reflection.Assembly", "GetEntryAssembly", PortabilityRules.Program),
        ("System.Console", "ReadKey KeyAvailable", PortabilityRules.Keyboard),
        ("System.Console", "Read ReadLine In OpenStandardInput", PortabilityRules.Input),
        ("Microsoft.Extensions.Configuration.UserSecretsConfigurationExtensions", "AddUserSecrets", PortabilityRules.UserSecrets),
        ("System.Environment", "Exit FailFast", PortabilityRules.ProcessEnd),
        ("System.Diagnostics.Debugger", "Launch Break", PortabilityRules.Debugger),
        ("Microsoft.AspNetCore.Http.IHttpContextAccessor", "HttpContext", PortabilityRules.Request),
        ("Microsoft.AspNetCore.Mvc.Infrastructure.IActionContextAccessor", "ActionContext", PortabilityRules.Request),
        ("System.Web.HttpContext", "Current", PortabilityRules.Request),
        ("System.Security.Claims.ClaimsPrincipal", "Current", PortabilityRules.Request),
        ("System.Threading.Thread", "CurrentPrincipal", PortabilityRules.Request),
        ("System.DateTime", "Now Today", PortabilityRules.LocalTime),
        ("System.DateTimeOffset", "Now", PortabilityRules.LocalTime),
        ("System.TimeZoneInfo", "Local", PortabilityRules.LocalTime),
        ("System.TimeProvider", "GetLocalNow LocalTimeZone", PortabilityRules.LocalTime),
        ("System.Globalization.CultureInfo", "CurrentCulture CurrentUICulture", PortabilityRules.Culture),
        ("System.Globalization.RegionInfo", "CurrentRegion", PortabilityRules.Culture),
    ];

    // Every member is of a request, of a circuit or of a page.
    private static readonly string[] RequestTypes =
    [
        "Microsoft.AspNetCore.Components.NavigationManager", "Microsoft.JSInterop.IJSRuntime", "Microsoft.JSInterop.JSRuntimeExtensions",
        "Microsoft.AspNetCore.Components.Authorization.AuthenticationStateProvider",
    ];

    private readonly Dictionary<ISymbol, KnownMember> _members = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _requestTypes = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamespaceSymbol, bool> _userInterface = new(SymbolEqualityComparer.Default);

    /// <summary>Resolves the members in a compilation.</summary>
    /// <param name="compilation">The compilation.</param>
    public KnownMembers(Compilation compilation)
    {
        foreach ((string typeName, string members, DiagnosticDescriptor rule) in Table)
        {
            if (compilation.GetTypeByMetadataName(typeName) is not { } type)
                continue;
            foreach (string name in members.Split(' '))
            {
                string bare = name.TrimEnd('=');
                foreach (ISymbol member in type.GetMembers(bare))
                    _members[member] = new KnownMember(rule, name.Length > bare.Length, type.Name + "." + bare);
            }
        }

        foreach (string name in RequestTypes)
        {
            if (compilation.GetTypeByMetadataName(name) is { } type)
                _requestTypes.Add(type);
        }

        Environment = compilation.GetTypeByMetadataName("System.Environment");
        HttpContext = compilation.GetTypeByMetadataName("Microsoft.AspNetCore.Http.HttpContext");
        Process = compilation.GetTypeByMetadataName("System.Diagnostics.Process");
        ProcessStartInfo = compilation.GetTypeByMetadataName("System.Diagnostics.ProcessStartInfo");
        AsyncLocal = compilation.GetTypeByMetadataName("System.Threading.AsyncLocal`1");
        ThreadLocal = compilation.GetTypeByMetadataName("System.Threading.ThreadLocal`1");
        ThreadStatic = compilation.GetTypeByMetadataName("System.ThreadStaticAttribute");
    }

    /// <summary><c>System.Environment</c>.</summary>
    public INamedTypeSymbol? Environment { get; }

    /// <summary>ASP.NET Core's <c>HttpContext</c>; null where it is not referenced.</summary>
    public INamedTypeSymbol? HttpContext { get; }

    /// <summary><c>System.Diagnostics.Process</c>.</summary>
    public INamedTypeSymbol? Process { get; }

    /// <summary><c>System.Diagnostics.ProcessStartInfo</c>.</summary>
    public INamedTypeSymbol? ProcessStartInfo { get; }

    /// <summary><c>AsyncLocal&lt;T&gt;</c>.</summary>
    public INamedTypeSymbol? AsyncLocal { get; }

    /// <summary><c>ThreadLocal&lt;T&gt;</c>.</summary>
    public INamedTypeSymbol? ThreadLocal { get; }

    /// <summary><c>[ThreadStatic]</c>.</summary>
    public INamedTypeSymbol? ThreadStatic { get; }

    /// <summary>What is wrong with a member; null for nothing.</summary>
    /// <param name="member">The member's definition.</param>
    public KnownMember? Find(ISymbol member) => _members.TryGetValue(member, out KnownMember? known) ? known : null;

    /// <summary>Whether a type only lives in a request.</summary>
    /// <param name="type">The type.</param>
    public bool IsOfRequest(INamedTypeSymbol type) => _requestTypes.Contains(type);

    /// <summary>Whether a type is part of a user interface.</summary>
    /// <param name="type">The type.</param>
    public bool IsUserInterface(INamedTypeSymbol type)
        => type.ContainingNamespace is { IsGlobalNamespace: false } space && _userInterface.GetOrAdd(space, static one => IsUserInterface(one.ToDisplayString())) && type.Name != "ICommand";

    // ICommand lives in System.Windows.Input for view models of every kind; Maui's graphics draw without a screen, and so does Avalonia without a head.
    private static bool IsUserInterface(string space)
        => (IsIn(space, "System.Windows") && !IsIn(space, "System.Windows.Markup"))
            || IsIn(space, "Microsoft.UI") || IsIn(space, "Windows.UI") || (IsIn(space, "Microsoft.Maui") && !IsIn(space, "Microsoft.Maui.Graphics"))
            || (IsIn(space, "Avalonia") && !IsIn(space, "Avalonia.Headless"));

    private static bool IsIn(string space, string root)
        => space.StartsWith(root, StringComparison.Ordinal) && (space.Length == root.Length || space[root.Length] == '.');
}
