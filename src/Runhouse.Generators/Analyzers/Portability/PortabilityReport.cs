using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>At the end of a compilation: what remote code reaches, and what of it is reported.</summary>
/// <param name="model">What was found in the members.</param>
/// <param name="compilation">The compilation.</param>
/// <param name="report">Reports.</param>
/// <param name="cancellationToken">Stops.</param>
internal sealed class PortabilityReport(PortabilityModel model, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellationToken)
{
    private const int LongestWay = 6;
    private readonly EnvironmentDeclarations _declarations = new(compilation);
    private readonly HashSet<ISymbol> _writtenRemotely = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _writtenElsewhere = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, Reach?> _undeclared = new(StringComparer.Ordinal);
    private readonly Dictionary<ISymbol, (Use Use, MemberNode Node)> _packages = new(SymbolEqualityComparer.Default);
    private Overrides? _overrides;
    private Dictionary<ISymbol, List<MemberNode>>? _initializers;

    /// <summary>Reports everything.</summary>
    /// <param name="roots">Where remote code begins.</param>
    public void Run(List<IMethodSymbol> roots)
    {
        _overrides = new Overrides(model.Graph, model.Assembly);
        _initializers = Initializers();
        Reach reach = From(roots);
        foreach (MemberNode node in model.Graph.Nodes)
        {
            HashSet<ISymbol> written = reach.Contains(node) ? _writtenRemotely : _writtenElsewhere;
            foreach (Use use in node.Uses)
            {
                if (use.Kind is UseKind.Write or UseKind.LazyWrite or UseKind.AmbientWrite)
                    written.Add(use.Symbol!);
            }
        }

        foreach (MemberNode node in reach.Members)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (Use use in node.Uses)
                Report(use, node, reach, roots);
        }

        foreach ((Use use, MemberNode node) in _packages.Values)
            Add(use.Rule, use, use.What, reach.WayTo(node));
    }

    private void Report(Use use, MemberNode node, Reach reach, List<IMethodSymbol> roots)
    {
        switch (use.Kind)
        {
            case UseKind.Reached when use is { IsOfPackage: true, Symbol: { } package }:
                // Once for each package, where its first use stands: the remedy is one for all.
                if (!_packages.TryGetValue(package, out (Use Use, MemberNode Node) first) || IsBefore(use.Place, first.Use.Place))
                    _packages[package] = (use, node);
                break;
            case UseKind.Reached or UseKind.Write:
            case UseKind.Read or UseKind.AmbientRead when IsOfCaller(use):
                Add(use.Rule, use, use.What, reach.WayTo(node));
                break;
            case UseKind.FieldText when model.Graph.TextOf(use.Symbol!) is { } text && LocalTexts.RuleOf(text, use.Meaning) is { } rule:
                Add(rule, use, text, reach.WayTo(node));
                break;
            case UseKind.Environment when !_declarations.Declares(node.Symbol, use.What) && Undeclared(use.What, reach, roots) is { } undeclared && undeclared.Contains(node):
                Add(use.Rule, use, use.What, undeclared.WayTo(node));
                break;
        }
    }

    private static bool IsBefore(SyntaxNode one, SyntaxNode other)
        => string.CompareOrdinal(one.SyntaxTree.FilePath, other.SyntaxTree.FilePath) is var order && (order < 0 || (order == 0 && one.SpanStart < other.SpanStart));

    // Set by code that only runs in the caller's process, and by none that runs remotely.
    private bool IsOfCaller(Use use)
        => _writtenElsewhere.Contains(use.Symbol!) && !_writtenRemotely.Contains(use.Symbol!) && (use.Kind == UseKind.Read || HasNoOtherValue(use.Symbol!));

    private bool HasNoOtherValue(ISymbol holder)
    {
        ITypeSymbol? type = (holder as IFieldSymbol)?.Type ?? (holder as IPropertySymbol)?.Type;
        return !SymbolEqualityComparer.Default.Equals(type?.OriginalDefinition, model.Known.ThreadLocal) || model.Graph.IsWithoutFactory(holder);
    }

    // What is reached by remote members that do not declare a variable; null when all declare it.
    private Reach? Undeclared(string name, Reach reach, List<IMethodSymbol> roots)
    {
        if (_undeclared.TryGetValue(name, out Reach? found))
            return found;
        List<IMethodSymbol> rest = roots.FindAll(root => !_declarations.Declares(root, name));
        found = rest.Count == roots.Count ? reach : rest.Count == 0 ? null : From(rest);
        _undeclared.Add(name, found);
        return found;
    }

    private void Add(DiagnosticDescriptor rule, Use use, string what, List<MemberNode> way)
    {
        ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty;
        IEnumerable<Location>? others = null;
        if (use.Kind == UseKind.Environment)
        {
            // For the fix: what to declare, and the remote member that shall declare it.
            properties = properties.Add("Name", what);
            others = way[0].Symbol.Locations.Take(1);
        }

        report(Diagnostic.Create(rule, use.Place.GetLocation(), others, properties, what, Describe(way), use.System));
    }

    private static string Describe(List<MemberNode> way)
    {
        if (way.Count == 1)
            return "";
        List<string> names = [.. way.Skip(1).Select(static one => $"'{MemberNames.Of(one.Symbol)}'")];
        if (names.Count > LongestWay)
        {
            names.RemoveRange(2, names.Count - LongestWay);
            names.Insert(2, "...");
        }

        return $", reached from '{MemberNames.Of(way[0].Symbol)}' by {string.Join(", ", names)}";
    }

    private Reach From(List<IMethodSymbol> roots) => Reach.From(model.Graph, _overrides!, _initializers!, roots, cancellationToken);

    private Dictionary<ISymbol, List<MemberNode>> Initializers()
    {
        var all = new Dictionary<ISymbol, List<MemberNode>>(SymbolEqualityComparer.Default);
        foreach (MemberNode node in model.Graph.Nodes)
        {
            if (node.Symbol is not (IFieldSymbol or IPropertySymbol))
                continue;
            if (!all.TryGetValue(node.Symbol.ContainingType, out List<MemberNode>? members))
                all.Add(node.Symbol.ContainingType, members = []);
            members.Add(node);
        }

        return all;
    }
}
