using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace Runhouse.Generators.Tests.Infrastructure;

/// <summary>
/// One analyzer over code with markup (<c>{|RH0100:...|}</c> or <c>[|...|]</c>), compiled as a user's project is: with the generator,
/// nullable, C# 14. The usual namespaces are imported. Code without markup asserts that nothing is reported.
/// </summary>
/// <typeparam name="TAnalyzer">The analyzer.</typeparam>
internal sealed class AnalyzerTest<TAnalyzer> : CSharpAnalyzerTest<TAnalyzer, DefaultVerifier>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
    private AnalyzerTest(string source, OutputKind kind)
    {
        TestOptions.Apply(this);
        TestState.OutputKind = kind;
        TestState.Sources.Add(source);
        TestOptions.Import(TestState);
    }

    /// <summary>Checks that exactly what is marked is reported.</summary>
    /// <param name="source">The code.</param>
    /// <param name="configure">Changes the test: more files, build properties, expected messages.</param>
    /// <param name="kind">A library, or a program with top-level statements.</param>
    public static Task RunAsync(string source, Action<AnalyzerTest<TAnalyzer>>? configure = null, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
    {
        var test = new AnalyzerTest<TAnalyzer>(source, kind);
        if (source.Contains(TestOptions.Cut, StringComparison.Ordinal))
            test.DisabledDiagnostics.Remove(TestOptions.Cut);
        configure?.Invoke(test);
        return test.RunAsync(TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Type> GetSourceGenerators() => [typeof(RemoteGenerator)];

    /// <inheritdoc/>
    protected override ParseOptions CreateParseOptions() => TestOptions.Language;

    /// <inheritdoc/>
    protected override CompilationOptions CreateCompilationOptions() => TestOptions.Compilation(base.CreateCompilationOptions());
}
