using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Model;

/// <summary>What parsing gives: models, and what is to be reported. Split at once, so that a moved line re-runs the reports only.</summary>
/// <typeparam name="T">The model's type.</typeparam>
/// <param name="Models">The models.</param>
/// <param name="Diagnostics">What is to be reported.</param>
internal sealed record Parsed<T>(EquatableArray<T> Models, EquatableArray<DiagnosticInfo> Diagnostics)
    where T : IEquatable<T>;
