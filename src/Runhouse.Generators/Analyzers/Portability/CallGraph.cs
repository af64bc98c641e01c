using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>What is known of the members of a compilation: filled by many threads while it is analyzed, read when it ends.</summary>
internal sealed class CallGraph
{
    private readonly ConcurrentDictionary<ISymbol, MemberNode> _nodes = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, string> _fieldTexts = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, bool> _ownThreadLocals = new(SymbolEqualityComparer.Default);

    /// <summary>All members with code.</summary>
    public IEnumerable<MemberNode> Nodes => _nodes.Values;

    /// <summary>The node of a member, made when it is missing.</summary>
    /// <param name="member">The member.</param>
    public MemberNode NodeOf(ISymbol member)
        => _nodes.GetOrAdd(member is IMethodSymbol method ? Definition(method) : member.OriginalDefinition, static symbol => new MemberNode(symbol));

    /// <summary>The node of a member; null when it has no code here.</summary>
    /// <param name="member">The member's definition.</param>
    public MemberNode? Find(ISymbol member) => _nodes.TryGetValue(member, out MemberNode? node) ? node : null;

    /// <summary>Notes the constant text with which a field or property begins.</summary>
    /// <param name="field">The field or property.</param>
    /// <param name="text">The text.</param>
    public void BeginsWith(ISymbol field, string text) => _fieldTexts[field.OriginalDefinition] = text;

    /// <summary>The constant text with which a field begins.</summary>
    /// <param name="field">The field.</param>
    public string? TextOf(ISymbol field) => _fieldTexts.TryGetValue(field, out string? text) ? text : null;

    /// <summary>Notes a <see cref="ThreadLocal{T}"/> that has no factory: its values only come from those who set them.</summary>
    /// <param name="field">The field or property.</param>
    public void HasNoFactory(ISymbol field) => _ownThreadLocals[field.OriginalDefinition] = true;

    /// <summary>Whether nothing but a write gives it a value.</summary>
    /// <param name="field">The field or property.</param>
    public bool IsWithoutFactory(ISymbol field) => _ownThreadLocals.ContainsKey(field);

    /// <summary>The symbol under which a method is known: of a generic or partial one the definition.</summary>
    /// <param name="method">The method.</param>
    public static IMethodSymbol Definition(IMethodSymbol method)
    {
        IMethodSymbol definition = (method.ReducedFrom ?? method).OriginalDefinition;
        return definition.PartialDefinitionPart ?? definition;
    }
}
