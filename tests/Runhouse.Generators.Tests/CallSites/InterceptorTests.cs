using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Pipeline;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.CallSites;

public sealed class InterceptorTests
{
    private const string Jobs = """
        using System.Threading.Tasks;
        using Runhouse;
        namespace App;
        public static class Jobs
        {
            [Remote(Cpus = "2+")] public static Task<int> DoubleAsync(int value, int times = 2) => Task.FromResult(value * times);
            [Remote] public static int Add(int a, int b) => a + b;
            [Remote] public static void Touch() { }
            [Remote] public static Task<int> DownAsync(int n) => n == 0 ? Task.FromResult(0) : DownAsync(n - 1);
            public static int Local(int value) => value;
        }
        """;

    [Fact]
    public void Plain_calls_are_intercepted_and_the_output_compiles()
    {
        GeneratorRun run = Of(Body("_ = Jobs.DoubleAsync(1); _ = Jobs.DoubleAsync(times: 3, value: 2); _ = Jobs.Add(1, 2); Jobs.Touch();"));
        string text = Assert.Single(Interceptors(run)).Value;
        Assert.Equal(4, Count(text, "InterceptsLocation("));
        Assert.Contains("default(global::App.JobsPlacement).DoubleAsync(", text, StringComparison.Ordinal);
        Assert.Contains("default(global::App.JobsPlacement).AddAsync(", text, StringComparison.Ordinal);
        Assert.Contains("Resources.Parse(cpus: \"2+\")", text, StringComparison.Ordinal);
        run.Compiles();
    }

    [Theory]
    [InlineData("System.Func<int, int, Task<int>> f = Jobs.DoubleAsync; _ = f;")]
    [InlineData("_ = nameof(Jobs.DoubleAsync);")]
    [InlineData("System.Linq.Expressions.Expression<System.Func<int>> e = () => Jobs.Add(1, 2); _ = e;")]
    [InlineData("_ = System.Linq.Queryable.AsQueryable(new[] { 1 }) is var q ? from x in q where Jobs.Add(x, 1) > 0 select x : null;")]
    [InlineData("_ = Jobs.Local(1);")]
    [InlineData("_ = Add(1, 2); static int Add(int a, int b) => a + b;")]
    public void What_is_no_plain_call_of_a_remote_function_is_left_alone(string body) => Assert.Empty(Interceptors(Of(Body(body))));

    [Fact]
    public void A_function_that_calls_itself_goes_on_where_it_runs() => Assert.Empty(Interceptors(Of("class Nothing { }")));

    [Fact]
    public void Only_invocations_with_the_name_of_a_remote_function_are_bound()
    {
        GeneratorRun run = Of(Body("_ = Jobs.Local(1); _ = Jobs.Local(2); System.Console.WriteLine(); _ = Jobs.Add(1, 2);"));
        var invocations = run.Result.Results.Single().TrackedSteps[StepNames.Invocations].SelectMany(static step => step.Outputs).Select(static output => output.Value.ToString());
        Assert.DoesNotContain(invocations, static text => text!.Contains("Local", StringComparison.Ordinal) || text.Contains("WriteLine", StringComparison.Ordinal));
        Assert.Contains("Jobs.Add(1, 2)", invocations);
    }

    [Fact]
    public void Calls_of_one_function_share_an_interceptor_wherever_they_are()
    {
        GeneratorRun run = Of(Body("_ = Jobs.Add(1, 2); _ = Jobs.Add(3, 4);"), Body("_ = Jobs.Add(5, 6);", "Second"));
        string text = Assert.Single(Interceptors(run)).Value;
        Assert.Equal(3, Count(text, "InterceptsLocation("));
        Assert.Single(text.Split("internal static int Call").Skip(1));
        run.Compiles();
    }

    [Fact]
    public void An_edit_in_another_file_re_runs_no_interceptor()
    {
        GeneratorRun after = Of(Body("_ = Jobs.Add(1, 2);"), "class Unrelated { }").After(2, static text => text + " // edited");
        var sites = after.Result.Results.Single().TrackedSteps[StepNames.CallSites].SelectMany(static step => step.Outputs);
        Assert.All(sites, static output => Assert.True(output.Reason is IncrementalStepRunReason.Unchanged or IncrementalStepRunReason.Cached));
    }

    [Fact]
    public void The_build_property_turns_interception_off()
    {
        GeneratorRun run = GeneratorRun.Of(
            "TestApp", LanguageVersion.CSharp14, [Jobs, Body("_ = Jobs.Add(1, 2);")], new Dictionary<string, string> { ["RunhouseTransparentCalls"] = "false" });
        Assert.Empty(Interceptors(run));
        run.Compiles();
    }

    [Fact]
    public void Functions_of_a_referenced_assembly_are_found_by_its_manifest()
    {
        GeneratorRun library = GeneratorRun.Of("Library", LanguageVersion.CSharp14, [Jobs]);
        using var image = new MemoryStream();
        Assert.True(library.Output.Emit(image).Success);
        GeneratorRun run = GeneratorRun.Of("TestApp", LanguageVersion.CSharp14, [Body("_ = Jobs.Add(1, 2);")], MetadataReference.CreateFromImage(image.ToArray()));
        Assert.Contains("default(global::App.JobsPlacement).AddAsync(", Assert.Single(Interceptors(run)).Value, StringComparison.Ordinal);
        run.Compiles();
    }

    private static GeneratorRun Of(params string[] callers) => GeneratorRun.Of([Jobs, .. callers]);

    private static string Body(string statements, string name = "Caller")
        => $"using System.Linq; using System.Threading.Tasks; using App; internal static class {name} {{ internal static void Run() {{ {statements} }} }}";

    private static Dictionary<string, string> Interceptors(GeneratorRun run)
        => run.Files.Where(static file => file.Key.StartsWith("Runhouse-Interceptors.", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);

    private static int Count(string text, string part) => text.Split("[global::System.Runtime.CompilerServices." + part).Length - 1;
}
