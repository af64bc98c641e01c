using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
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
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Runhouse;
        """;

    private CodeFixTest(string before, string after)
    {
        ReferenceAssemblies = TestReferences.None;
        TestState.AdditionalReferences.AddRange(TestReferences.All);
        TestCode = before;
        FixedCode = after;
        TestState.Sources.Add(("/src/Usings.cs", Usings));
        FixedState.Sources.Add(("/src/Usings.cs", Usings));
        TestBehaviors |= TestBehaviors.SkipGeneratedSourcesCheck;
        CompilerDiagnostics = CompilerDiagnostics.Errors;
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
    protected override ParseOptions CreateParseOptions()
        => new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.None).WithFeatures([new("InterceptorsNamespaces", "Runhouse.Generated")]);

    /// <inheritdoc/>
    protected override CompilationOptions CreateCompilationOptions()
        => ((CSharpCompilationOptions)base.CreateCompilationOptions()).WithNullableContextOptions(NullableContextOptions.Enable);
}
