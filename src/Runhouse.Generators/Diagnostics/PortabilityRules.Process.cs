using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <content>What another process or another system does not have. RH0120 to RH0159.</content>
internal static partial class PortabilityRules
{
    // State that is shared in one process, and that a call leaves behind.
    public static readonly DiagnosticDescriptor StaticState = new(
        "RH0120",
        "Static state is changed",
        "'{0}' changes in one worker process, and neither callers nor other workers see it{1}: keep the state in a remote object, or return it",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0120.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor CallerState = new(
        "RH0121",
        "Static state is set by the caller only",
        "'{0}' is set by code that never runs in a worker, where it keeps its first value{1}: pass the value as an argument, or set it in the remote startup",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0121.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor AmbientState = new(
        "RH0122",
        "Ambient value does not flow",
        "'{0}' does not flow to a worker, and no remote code sets it{1}: pass the value as an argument",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0122.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    // Processes and addresses.
    public static readonly DiagnosticDescriptor Loopback = new(
        "RH0130",
        "Address of this machine",
        "'{0}' is the worker's own machine there{1}: take the address as a parameter, or from the host's configuration",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0130.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor ProcessEnd = new(
        "RH0131",
        "Process is ended",
        "'{0}' ends the worker with every call and object in it{1}: throw an exception, which reaches the caller",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0131.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Debugger = new(
        "RH0132",
        "Debugger is asked for",
        "'{0}' has nobody to answer in a worker{1}: debug the code in the caller's process, or log",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0132.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Tool = new(
        "RH0133",
        "Program is started",
        "'{0}' must be installed on the host{1}: add it to the host's image, or use a library",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0133.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    // What the host's system does not have.
    public static readonly DiagnosticDescriptor Platform = new(
        "RH0140",
        "API of another system",
        "'{0}' does not work on {2}{1}: guard it by OperatingSystem.Is..., or let RunhouseTargetRids name only the systems that your hosts run",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0140.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor NativeLibrary = new(
        "RH0141",
        "Native library of another system",
        "'{0}' is in a native library that {2} does not have{1}: guard it by OperatingSystem.Is..., or let RunhouseTargetRids name only the systems that your hosts run",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0141.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor UserInterface = new(
        "RH0142",
        "User interface",
        "'{0}' needs a screen, and a worker has none{1}: return the data, and show it in the calling code",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0142.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Request = new(
        "RH0143",
        "Part of a web request",
        "'{0}' belongs to a request, and a worker has none{1}: read what is needed in the calling code and pass it",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0143.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    // The worker's zone and language.
    public static readonly DiagnosticDescriptor LocalTime = new(
        "RH0150",
        "Local time",
        "'{0}' is the time of the worker's zone{1}: use UTC, or pass the zone",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0150.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Culture = new(
        "RH0151",
        "Current culture",
        "'{0}' is the worker's culture{1}: use CultureInfo.InvariantCulture, or pass the culture's name",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0151.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    // What packages do not have for the hosts' platforms.
    public static readonly DiagnosticDescriptor NativeAsset = new(
        "RH0152",
        "Native library without a file for the target platform",
        "'{0}' needs the native library {2}{1}: refer to the package that has it there, guard the code by OperatingSystem.Is..., or install it on the hosts",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0152.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);
}
