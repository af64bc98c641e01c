using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>A piece of code that means something else on another machine, should remote code reach it.</summary>
/// <param name="Kind">What decides whether it is reported.</param>
/// <param name="Rule">The rule; for a kind that only counts, the one that it counts for.</param>
/// <param name="Place">Where.</param>
/// <param name="What">What the message names.</param>
/// <param name="Symbol">The static state, the field or the package's assembly that it is about.</param>
internal sealed record Use(UseKind Kind, DiagnosticDescriptor Rule, SyntaxNode Place, string What, ISymbol? Symbol = null)
{
    /// <summary>The system on which it does not work, or the library that is lacking; only of what the platform decides.</summary>
    public string System { get; init; } = "";

    /// <summary>What the text of the field is used as.</summary>
    public Meaning Meaning { get; init; }

    /// <summary>Whether only the target platform decides, so that a guard anywhere in the member answers it.</summary>
    public bool IsOfPlatform => ReferenceEquals(Rule, PortabilityRules.Platform) || ReferenceEquals(Rule, PortabilityRules.NativeLibrary) || IsOfPackage;

    /// <summary>Whether a package lacks a file for a platform.</summary>
    public bool IsOfPackage => ReferenceEquals(Rule, PortabilityRules.NativeAsset);
}
