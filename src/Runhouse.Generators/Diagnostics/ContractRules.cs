using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>Changes that break what is deployed or stored, in projects with a <c>RunhouseContracts.txt</c>. RH0400 to RH0409.</summary>
internal static class ContractRules
{
    private const string Category = "Runhouse.Contract";

    public static readonly DiagnosticDescriptor Broken = Rule(
        "RH0400",
        DiagnosticSeverity.Error,
        "Change breaks deployed callers",
        "'{0}' is {1} and was {2}: calls between this build and an earlier one fail. Needs a redeploy of both sides; keep the old member beside the new one, or accept it by writing the new line into RunhouseContracts.txt");

    public static readonly DiagnosticDescriptor StoredData = Rule(
        "RH0401",
        DiagnosticSeverity.Error,
        "Change breaks stored data",
        "'{0}' is {1} and was {2}: what an earlier build wrote, or a named object of one sends, cannot be read. Breaks stored data; keep it and add another member, or accept it by writing the new line into RunhouseContracts.txt");

    public static readonly DiagnosticDescriptor Unrecorded = Rule(
        "RH0402",
        DiagnosticSeverity.Warning,
        "Contract is not recorded",
        "'{0}' is not in RunhouseContracts.txt. Compatible: earlier builds do not know it{1}; record it, so that later changes of it are seen");

    public static readonly DiagnosticDescriptor Unreadable = Rule(
        "RH0403",
        DiagnosticSeverity.Error,
        "Contract file cannot be read",
        "'{0}' is no line of a contract: write 'call <member> -> <result>', 'data <type>.<member>: <type>', or a comment that begins with #",
        WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Gone = Rule(
        "RH0404",
        DiagnosticSeverity.Error,
        "Part of the contract is gone",
        "'{0}' is gone: {1}; bring it back, or accept it by taking its line out of RunhouseContracts.txt",
        WellKnownDiagnosticTags.CompilationEnd);

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [Broken, StoredData, Unrecorded, Unreadable, Gone];

    // What is wrong with the file itself is known when all code has been seen.
    private static DiagnosticDescriptor Rule(string id, DiagnosticSeverity severity, string title, string message, params string[] tags)
        => new(id, title, message, Category, severity, isEnabledByDefault: true, helpLinkUri: HelpPages.Root + id + ".md", customTags: tags);
}
