using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>What is wrong with a member of a library.</summary>
/// <param name="Rule">The rule that its use breaks.</param>
/// <param name="WritesOnly">Whether only an assignment breaks it; otherwise, of a property, only a read does.</param>
/// <param name="Name">The member, for messages.</param>
internal sealed record KnownMember(DiagnosticDescriptor Rule, bool WritesOnly, string Name);
