using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>
/// Code in remote members, and in what they reach, that means something else on another machine. RH0100 to RH0159. In the messages {1} is the way
/// from a remote member to the use, or nothing: it is known at the end of a compilation only.
/// </summary>
internal static partial class PortabilityRules
{
    private const string Category = "Runhouse.Portability";

    // Files, folders and names of one machine.
    public static readonly DiagnosticDescriptor LocalPath = new(
        "RH0100",
        "Path of one machine",
        "'{0}' is a path of one machine{1}: ship the file as content and start at AppContext.BaseDirectory, or take the path as a parameter",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0100.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor MachineName = new(
        "RH0101",
        "Name of the machine or user",
        "'{0}' is the worker's{1}: if the caller's name is meant, pass it as an argument",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0101.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor CurrentDirectory = new(
        "RH0102",
        "Current folder changed",
        "'{0}' changes the folder of every call in the worker{1}: combine full paths from AppContext.BaseDirectory instead",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0102.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor UserFolder = new(
        "RH0103",
        "Folder of the user",
        "'{0}' is a folder of the worker's user, and empty where the host lacks it{1}: use AppContext.BaseDirectory for what is shipped and Path.GetTempPath for what is scratch",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0103.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor AssemblyPath = new(
        "RH0104",
        "Path of an assembly",
        "'{0}' depends on how the assembly was loaded{1}: use AppContext.BaseDirectory, which is the deployed folder on a worker",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0104.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Program = new(
        "RH0105",
        "Program of the process",
        "'{0}' is the worker's program, not yours{1}: use AppContext.BaseDirectory for the folder, typeof(T).Assembly for the assembly, parameters for the arguments",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0105.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    // What comes from the environment or from a person.
    public static readonly DiagnosticDescriptor EnvironmentVariable = new(
        "RH0110",
        "Environment variable is not declared",
        "Environment variable '{0}' of the caller does not travel{1}: set it on the host and declare it by [RemoteEnvironment(\"{0}\")], or pass its value",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0110.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Keyboard = new(
        "RH0111",
        "No keyboard",
        "'{0}' throws in a worker, which has no console{1}: ask in the calling code and pass the answer",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0111.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Input = new(
        "RH0112",
        "No console input",
        "'{0}' finds the end of the input in a worker{1}: read it in the calling code and pass what was read",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0112.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor UserSecrets = new(
        "RH0113",
        "User secrets",
        "'{0}' reads a file that only the developer's machine has{1}: set the values on the host, for example as environment variables",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0113.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    /// <summary>All of them. Evaluated when asked for: the fields of the other part may not be there before.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All =>
    [
        LocalPath, MachineName, CurrentDirectory, UserFolder, AssemblyPath, Program, EnvironmentVariable, Keyboard,
        Input, UserSecrets, StaticState, CallerState, AmbientState, Loopback, ProcessEnd, Debugger,
        Tool, Platform, NativeLibrary, UserInterface, Request, LocalTime, Culture, NativeAsset,
    ];
}
