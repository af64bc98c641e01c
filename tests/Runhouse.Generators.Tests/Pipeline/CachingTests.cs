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
