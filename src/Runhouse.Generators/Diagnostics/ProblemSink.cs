using Microsoft.CodeAnalysis;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Diagnostics;

/// <summary>
/// Where parsing reports. The generator and the analyzer share the parser, so that what is left out and what is reported cannot disagree: the
/// analyzer reports, which obeys pragmas and <c>.editorconfig</c>; the generator only keeps <see cref="SerializableRules.UnknownType"/>, because the
/// analyzer also sees the types that other generators wrote.
/// </summary>
/// <param name="report">Reports for the analyzer; null in the generator.</param>
internal sealed class ProblemSink(Action<Diagnostic>? report = null)
{
    private readonly HashSet<(string Id, Location? Place, string Arguments)> _reported = [];
    private readonly HashSet<ISymbol> _advised = new(SymbolEqualityComparer.Default);
    private readonly List<DiagnosticInfo> _kept = [];

    /// <summary>Whether anybody wants advice: the generator does without.</summary>
    public bool IsReporting => report is not null;

    /// <summary>What the generator reports itself.</summary>
    public EquatableArray<DiagnosticInfo> Kept => new(_kept);

    /// <summary>Reports a problem, once for each place.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="location">Where.</param>
    /// <param name="arguments">What the message is filled with.</param>
    public void Add(DiagnosticDescriptor rule, Location? location, params string[] arguments) => Add(rule, location, null, arguments);

    /// <summary>Reports a problem that has a second place: the member at fault of a type.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="location">Where.</param>
    /// <param name="fault">The member or the type at fault; null for none.</param>
    /// <param name="arguments">What the message is filled with.</param>
    public void Add(DiagnosticDescriptor rule, Location? location, ISymbol? fault, params string[] arguments)
    {
        if (ReferenceEquals(rule, SerializableRules.UnknownType))
        {
            if (report is null)
                _kept.Add(DiagnosticInfo.Create(rule, location, arguments));
        }
        else if (report is not null && _reported.Add((rule.Id, location, string.Join("\n", arguments))))
        {
            report(Diagnostic.Create(rule, location ?? Location.None, fault?.Locations.Where(static one => one.IsInSource), arguments));
        }
    }

    /// <summary>Whether a type is met for the first time, so that advice about it is given once for each remote type.</summary>
    /// <param name="type">The type.</param>
    public bool IsFirst(ISymbol type) => _advised.Add(type);
}
