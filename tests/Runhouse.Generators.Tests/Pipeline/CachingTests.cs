using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Pipeline;

public class CachingTests
{
    [Fact]
    public void An_edit_in_an_unrelated_file_re_runs_no_output()
        => AssertCached(Begin().After(1, text => text + "\ninternal class Unrelated { public int Value; }"));

    [Fact]
    public void A_comment_in_a_call_site_file_re_runs_no_output()
        => AssertCached(Begin().After(1, text => "// a comment\n" + text));

    [Fact]
    public void A_line_shift_in_the_contract_file_re_runs_no_output()
        => AssertCached(Begin().After(0, text => "\n\n" + text));

    [Fact]
    public void An_edited_body_re_runs_no_output()
        => AssertCached(Begin().After(0, text => text.Replace("value * 2", "value * 3", StringComparison.Ordinal)));

    [Fact]
    public void An_edited_signature_re_runs_the_outputs_of_its_type_only()
    {
        GeneratorRun run = Begin().After(0, text => text.Replace("DoubleAsync(int value", "DoubleAsync(int number", StringComparison.Ordinal).Replace("value * 2", "number * 2", StringComparison.Ordinal));
        var reasons = run.Result.Results.Single().TrackedSteps[Generators.Pipeline.StepNames.Types].SelectMany(s => s.Outputs).Select(o => o.Reason);
        Assert.Single(reasons, r => r == IncrementalStepRunReason.Modified);
    }

    [Fact]
    public void An_edited_body_binds_no_declaration_anew()
    {
        GeneratorRun run = Begin().After(0, text => text.Replace("value * 2", "value * 3", StringComparison.Ordinal));
        Assert.All(run.Reasons(Generators.Pipeline.StepNames.Declarations), static reason => Assert.Equal(IncrementalStepRunReason.Unchanged, reason));
    }

    [Theory]
    [InlineData("Sum(int start = Defaults.Start)", "Sum(int start = Defaults.Other)")]
    [InlineData("Start = 7", "Start = 8")]
    [InlineData("using Marked = Runhouse.RemoteAttribute;", "using Marked = System.ObsoleteAttribute;")]
    [InlineData("string Name { get; set; }", "string Name => \"\";")]
    [InlineData("#if ABSENT", "#if !ABSENT")]
    [InlineData("Exception(what)", "Exception(\"fixed\")")]
    public void What_declarations_depend_on_is_read_anew(string before, string after)
    {
        const string Code = """
            #nullable enable
            using System;
            using System.Threading.Tasks;
            using Runhouse;
            using Marked = Runhouse.RemoteAttribute;
            public static class Jobs
            {
                [Marked] public static Task<Data> GetAsync(Data data) => Task.FromResult(data);
                [Remote] public static Task<int> Sum(int start = Defaults.Start) => Task.FromResult(start);
            }
            public class Data
            {
                public string Name { get; set; } = "";
            #if ABSENT
                public int More { get; set; }
            #endif
            }
            public static class Defaults { public const int Start = 7; public const int Other = 9; }
            public class OddException(string what) : Exception(what) { }
            """;
        GeneratorRun first = GeneratorRun.Of(Code);
        string edited = Code.Replace(before, after, StringComparison.Ordinal).Replace("=> \"\"; = \"\";", "=> \"\";", StringComparison.Ordinal);
        Assert.NotEqual(Code, edited);
        GeneratorRun second = first.After(0, _ => edited);
        Assert.Equal(GeneratorRun.Of(edited).Files, second.Files);
        Assert.NotEqual(first.Files, second.Files);
    }

    [Fact]
    public void Another_reference_is_read_anew()
    {
        string library = "public class Shared { public int A { get; set; } }";
        const string App = "using Runhouse; public static class Jobs { [Remote] public static System.Threading.Tasks.Task GoAsync(Shared shared) => System.Threading.Tasks.Task.CompletedTask; }";
        MetadataReference old = GeneratorRun.Of("Library", LanguageVersion.CSharp14, [library]).Input.ToMetadataReference();
        MetadataReference @new = GeneratorRun.Of("Library", LanguageVersion.CSharp14, [library.Replace("A {", "B {", StringComparison.Ordinal)]).Input.ToMetadataReference();
        GeneratorRun run = GeneratorRun.Of("TestApp", LanguageVersion.CSharp14, [App], old).After(c => c.ReplaceReference(old, @new));
        Assert.Contains(run.Files.Values, static text => text.Contains("\"B\"u8", StringComparison.Ordinal));
    }

    [Fact]
    public void No_compilation_survives_a_run()
    {
        (WeakReference first, GeneratorRun second) = Run();
        for (int i = 0; i < 10 && first.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(first.IsAlive);
        GC.KeepAlive(second);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference First, GeneratorRun Second) Run()
    {
        GeneratorRun run = Begin();
        return (new WeakReference(run.Input), run.After(1, text => text + "\n// edited"));
    }

    private static GeneratorRun Begin() => GeneratorRun.Of(Samples.Everything, Samples.Caller);

    private static void AssertCached(GeneratorRun run)
    {
        Assert.NotEmpty(run.OutputReasons());
        Assert.All(run.OutputReasons(), reason => Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString()));
    }
}
