using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>
/// What remote members run, breadth first, so that the way to each member is a shortest one. A virtual or interface call runs the members of those types
/// only that remote code makes instances of: what stands behind the same interface in the caller's process is none of its business.
/// </summary>
internal sealed class Reach
{
    private readonly CallGraph _graph;
    private readonly Overrides _overrides;
    private readonly Dictionary<ISymbol, List<MemberNode>> _initializers;
    private readonly Dictionary<MemberNode, MemberNode?> _from = [];
    private readonly Queue<MemberNode> _next = new();
    private readonly Dictionary<ISymbol, MemberNode> _called = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _alive = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _touched = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _constructed = new(SymbolEqualityComparer.Default);

    private Reach(CallGraph graph, Overrides overrides, Dictionary<ISymbol, List<MemberNode>> initializers)
        => (_graph, _overrides, _initializers) = (graph, overrides, initializers);

    /// <summary>What is reached, the nearest first.</summary>
    public List<MemberNode> Members { get; } = [];

    /// <summary>Walks.</summary>
    /// <param name="graph">The members.</param>
    /// <param name="overrides">What virtual calls run.</param>
    /// <param name="initializers">The initializers of each type's fields and properties.</param>
    /// <param name="roots">Where remote code begins: methods, also those without code of their own.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static Reach From(
        CallGraph graph, Overrides overrides, Dictionary<ISymbol, List<MemberNode>> initializers, IEnumerable<IMethodSymbol> roots, CancellationToken cancellationToken)
    {
        var reach = new Reach(graph, overrides, initializers);
        IMethodSymbol[] all = [.. roots];

        // The members that callers name come first, so that none of them counts as reached from another.
        foreach (IMethodSymbol root in all)
        {
            if (graph.Find(CallGraph.Definition(root)) is { } node)
                reach.Enter(node, from: null);
        }

        foreach (IMethodSymbol root in all)
        {
            reach.Run(CallGraph.Definition(root), from: null);
            if (!root.IsStatic)
                reach.Live(root.ContainingType.OriginalDefinition);
        }

        while (reach._next.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reach.Follow(reach._next.Dequeue());
        }

        return reach;
    }

    /// <summary>Whether a member is reached.</summary>
    /// <param name="member">The member.</param>
    public bool Contains(MemberNode member) => _from.ContainsKey(member);

    /// <summary>The way to a member: the remote member first, the member last.</summary>
    /// <param name="member">The member.</param>
    public List<MemberNode> WayTo(MemberNode member)
    {
        var way = new List<MemberNode>();
        for (MemberNode? at = member; at is not null; at = _from[at])
            way.Insert(0, at);
        return way;
    }

    private void Follow(MemberNode node)
    {
        foreach (IMethodSymbol method in node.Calls)
            Run(method, node);
        foreach (INamedTypeSymbol type in node.Touched)
            Touch(type, node);
        foreach (INamedTypeSymbol type in node.Named)
            Live(type);
    }

    private void Enter(MemberNode node, MemberNode? from)
    {
        if (_from.ContainsKey(node))
            return;
        _from.Add(node, from);
        _next.Enqueue(node);
        Members.Add(node);
    }

    private void Run(IMethodSymbol method, MemberNode? from)
    {
        if (_graph.Find(method) is { } node)
            Enter(node, from);
        if (method.MethodKind == MethodKind.Constructor)
        {
            Construct(method, from);
            Touch(method.ContainingType, from);
        }

        if (from is null || !(method.IsVirtual || method.IsAbstract || method.IsOverride) || _called.ContainsKey(method))
            return;
        _called.Add(method, from);
        foreach (INamedTypeSymbol type in _alive.OfType<INamedTypeSymbol>().ToArray())
            EnterOverrides(type);
    }

    // A constructor runs the initializers of its type, and a constructor of the base class, which need not be written.
    private void Construct(IMethodSymbol constructor, MemberNode? from)
    {
        INamedTypeSymbol type = constructor.ContainingType;
        if (!_constructed.Add(type))
            return;
        Live(type);
        EnterInitializers(type, isStatic: false, from);
        if (type.BaseType is { SpecialType: not SpecialType.System_Object } parent
            && parent.OriginalDefinition.InstanceConstructors.FirstOrDefault(static one => one.Parameters.IsEmpty) is { } implied
            && SymbolEqualityComparer.Default.Equals(parent.ContainingAssembly, type.ContainingAssembly))
            Run(CallGraph.Definition(implied), from);
    }

    private void Touch(INamedTypeSymbol type, MemberNode? from)
    {
        if (!_touched.Add(type))
            return;
        EnterInitializers(type, isStatic: true, from);
        foreach (IMethodSymbol constructor in type.StaticConstructors)
        {
            if (_graph.Find(constructor) is { } node)
                Enter(node, from);
        }
    }

    private void EnterInitializers(INamedTypeSymbol type, bool isStatic, MemberNode? from)
    {
        if (!_initializers.TryGetValue(type, out List<MemberNode>? all))
            return;
        foreach (MemberNode one in all)
        {
            if (one.Symbol.IsStatic == isStatic)
                Enter(one, from);
        }
    }

    private void Live(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is not null && _alive.Add(at); at = at.BaseType?.OriginalDefinition)
            EnterOverrides(at);
    }

    private void EnterOverrides(INamedTypeSymbol type)
    {
        foreach ((IMethodSymbol called, MemberNode member) in _overrides.Of(type))
        {
            if (_called.TryGetValue(called, out MemberNode? from))
                Enter(member, from);
        }
    }
}
