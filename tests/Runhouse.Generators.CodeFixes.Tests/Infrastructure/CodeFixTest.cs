using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests.Infrastructure;

/// <summary>A fix: code with markup before, and what it becomes. Compiled as a user's project is, with the generator.</summary>
/// <typeparam name="TAnalyzer">The analyzer that reports.</typeparam>
/// <typeparam name="TFix">The fix.</typeparam>
internal sealed class CodeFixTest<TAnalyzer, TFix> : CSharpCodeFixTest<TAnalyzer, TFix, DefaultVerifier>
    where TAnalyzer : DiagnosticAnalyzer, new()
    where TFix : CodeFixProvider, new()
{
    private CodeFixTest(string before, string after)
    {
        TestOptions.Apply(this);
        TestCode = before;
        FixedCode = after;
        TestOptions.Import(TestState);
        TestOptions.Import(FixedState);
    }

    /// <summary>Checks that the fix makes the one of the other, alone and for all occurrences.</summary>
    /// <param name="before">The code with markup.</param>
    /// <param name="after">What it becomes.</param>
    /// <param name="configure">Changes the test.</param>
    public static Task RunAsync(string before, string after, Action<CodeFixTest<TAnalyzer, TFix>>? configure = null)
    {
        var test = new CodeFixTest<TAnalyzer, TFix>(before, after);
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
