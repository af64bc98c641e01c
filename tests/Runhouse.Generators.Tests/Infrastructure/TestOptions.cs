using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Testing;

namespace Runhouse.Generators.Tests.Infrastructure;

/// <summary>How the code of a test of an analyzer or a fix is compiled: as a user's project is, nullable, C# 14, with the usual namespaces imported.</summary>
internal static class TestOptions
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

    /// <summary>A rule that is only on where a test names it: most remote classes here are cut down to what a test is about, and some to nothing.</summary>
    public const string Cut = "RH0027";

    /// <summary>The language, and where interceptors may be.</summary>
    public static CSharpParseOptions Language { get; }
        = new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.None).WithFeatures([new("InterceptorsNamespaces", "Runhouse.Generated")]);

    /// <summary>Sets what the tests have in common.</summary>
    /// <param name="test">The test.</param>
    public static void Apply(Microsoft.CodeAnalysis.Testing.AnalyzerTest<DefaultVerifier> test)
    {
        test.ReferenceAssemblies = TestReferences.None;
        test.TestState.AdditionalReferences.AddRange(TestReferences.All);
        test.TestBehaviors |= TestBehaviors.SkipGeneratedSourcesCheck;
        test.CompilerDiagnostics = CompilerDiagnostics.Errors;
        test.DisabledDiagnostics.Add(Cut);
    }

    /// <summary>Imports the namespaces, in a file of its own.</summary>
    /// <param name="state">The code of a test.</param>
    public static void Import(SolutionState state) => state.Sources.Add(("/src/Usings.cs", Usings));

    /// <summary>The compiler's options.</summary>
    /// <param name="options">Those of the testing library.</param>
    public static CompilationOptions Compilation(CompilationOptions options) => ((CSharpCompilationOptions)options).WithNullableContextOptions(NullableContextOptions.Enable);
}
