using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>Why a type cannot travel.</summary>
/// <param name="Rule">The rule that it breaks.</param>
/// <param name="What">The path to it and its type, <c>TrainConfig.Optimizer.Callback: Action</c>.</param>
/// <param name="Reason">What the rule's message adds; empty where the rule says it all.</param>
/// <param name="Type">The type.</param>
/// <param name="Fault">The member or the type to change; null where the signature itself is to be changed.</param>
internal sealed record ShapeProblem(DiagnosticDescriptor Rule, string What, string Reason, ITypeSymbol Type, ISymbol? Fault);
