using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>Why a type cannot travel whatever it holds.</summary>
/// <param name="Rule">The rule that it breaks.</param>
/// <param name="Reason">What the rule's message adds; empty where the rule says it all.</param>
internal sealed record Refusal(DiagnosticDescriptor Rule, string Reason = "");
