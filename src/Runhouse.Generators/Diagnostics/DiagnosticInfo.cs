using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Diagnostics;

/// <summary>A diagnostic as a value: it holds no syntax tree.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Path">The file; empty when there is none.</param>
/// <param name="Span">Where in the file.</param>
/// <param name="Lines">The same by lines.</param>
/// <param name="Arguments">What the message is filled with.</param>
internal sealed record DiagnosticInfo(string Id, string Path, TextSpan Span, LinePositionSpan Lines, EquatableArray<string> Arguments)
{
    /// <summary>Makes a diagnostic.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="location">Where; metadata has no place of its own.</param>
    /// <param name="arguments">What the message is filled with.</param>
    public static DiagnosticInfo Create(DiagnosticDescriptor rule, Location? location, params string[] arguments)
        => location is { IsInSource: true }
            ? new(rule.Id, location.SourceTree!.FilePath, location.SourceSpan, location.GetLineSpan().Span, new EquatableArray<string>(arguments))
            : new(rule.Id, "", default, default, new EquatableArray<string>(arguments));

    /// <summary>Makes the real diagnostic.</summary>
    public Diagnostic ToDiagnostic()
        => Diagnostic.Create(Rules.Find(Id), Path.Length == 0 ? Location.None : Location.Create(Path, Span, Lines), [.. Arguments]);
}
