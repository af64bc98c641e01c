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
        "'{0}': {1} cannot travel: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0030.md");

    public static readonly DiagnosticDescriptor Delegate = new(
        "RH0031",
        "Delegate cannot travel",
        "'{0}': {1} cannot travel, because code stays in its process: send the data that the code works on, or take IProgress<T> for reports",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0031.md");

    public static readonly DiagnosticDescriptor Stream = new(
        "RH0032",
        "Stream cannot travel",
        "'{0}': {1} cannot travel, because an open stream stays in its process: use IAsyncEnumerable<byte[]> as parameter or result, or a byte array",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0032.md");

    public static readonly DiagnosticDescriptor Address = new(
        "RH0033",
        "Pointer or handle cannot travel",
        "'{0}': {1} cannot travel: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0033.md");

    public static readonly DiagnosticDescriptor OfTheCall = new(
        "RH0034",
        "Part of a call inside data",
        "'{0}': {1} cannot travel: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0034.md");

    public static readonly DiagnosticDescriptor Untyped = new(
        "RH0035",
        "Type is only known at run time",
        "'{0}': {1} cannot travel, because no type is named over the wire: use a class, or an abstract class that declares its subtypes with [JsonDerivedType]",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0035.md");

    public static readonly DiagnosticDescriptor Abstract = new(
        "RH0036",
        "Subtypes are not declared",
        "'{0}': {1} cannot travel, because an {2} does not say what to make on the far side: use a class, or declare its subtypes with [JsonDerivedType] on it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0036.md");

    public static readonly DiagnosticDescriptor NoConstructor = new(
        "RH0037",
        "No constructor fits",
        "'{0}': {1} cannot travel, because no constructor can make it again: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0037.md");

    public static readonly DiagnosticDescriptor LostMember = new(
        "RH0038",
        "Value would be lost on the trip",
        "'{0}': {1} would be lost on the trip, because nothing can set it: {2}",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0038.md");

    public static readonly DiagnosticDescriptor Cyclic = new(
        "RH0039",
        "Objects may form a cycle",
        "'{0}': {1} refers back to what holds it, and a cycle cannot be written: leave the back reference out with [JsonIgnore] and set it again on arrival",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0039.md");

    public static readonly DiagnosticDescriptor LargeStruct = new(
        "RH0040",
        "Large struct",
        "'{0}': {1} is a struct of {2} bytes, which is copied wherever it passes: make it a class or a record",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0040.md");

    public static readonly DiagnosticDescriptor UnknownType = new(
        "RH0041",
        "Type is unknown to the generator",
        "'{0}': {1} is not known when the remote code is written: if another source generator writes it, declare it by hand or in another project; of a remote object pass the name, and attach to it there",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0041.md");

    public static readonly DiagnosticDescriptor RemoteObject = new(
        "RH0042",
        "Remote object would travel as a copy",
        "'{0}': {1} is a remote class, of whose object only a copy would travel: pass the object's name, and attach to it there",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpPages.Root + "RH0042.md");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [
        Unserializable, Delegate, Stream, Address, OfTheCall, Untyped, Abstract, NoConstructor, LostMember, Cyclic, LargeStruct, UnknownType, RemoteObject,
    ];
}
