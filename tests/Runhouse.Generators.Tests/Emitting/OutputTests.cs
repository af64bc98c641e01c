using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Emitting;

public class OutputTests
{
    [Fact]
    public void Output_compiles_as_strictly_as_ordinary_code() => GeneratorRun.Of(Samples.Everything, Samples.Caller).Compiles();

    [Fact]
    public void Code_without_remote_members_gets_no_output()
        => Assert.Empty(GeneratorRun.Of("public class Plain { public int X; }").Files);

    [Fact]
    public void Before_csharp_14_the_ordinary_entry_points_remain()
    {
        GeneratorRun run = GeneratorRun.Of("Old", LanguageVersion.CSharp13, [Samples.Everything]).Compiles();
        Assert.DoesNotContain(run.Files.Values, text => text.Contains("extension(", StringComparison.Ordinal));
        Assert.Contains("public static class CounterRemoteEntry", run.Files["App.Counter.EntryPoints.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_of_files_changes_nothing()
    {
        string first = "namespace A; [Runhouse.Remote] public class X { public int Go(int a) => a; }";
        string second = "namespace B; public static class F { [Runhouse.Remote] public static void Run(string s) { } [Runhouse.Remote] public static void Also() { } }";
        Assert.Equal(GeneratorRun.Of(first, second).Files.OrderBy(f => f.Key, StringComparer.Ordinal), GeneratorRun.Of(second, first).Files.OrderBy(f => f.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void The_order_of_members_changes_nothing()
    {
        string one = "[Runhouse.Remote] public class X { public int Go(int a) => a; public int Stop(int b) => b; public X() { } public X(int i) { } }";
        string two = "[Runhouse.Remote] public class X { public X(int i) { } public X() { } public int Stop(int b) => b; public int Go(int a) => a; }";
        Assert.Equal(GeneratorRun.Of(one).Files, GeneratorRun.Of(two).Files);
    }

    [Fact]
    public void Retries_and_idempotence_of_a_class_hold_for_its_constructors_and_members_unless_they_say_more()
    {
        GeneratorRun run = GeneratorRun.Of("""
            using System.Threading.Tasks;
            public static class Jobs { [Runhouse.Remote(Retries = 3)] public static Task GoAsync() => null!; [Runhouse.Remote(Idempotent = true)] public static Task StopAsync() => null!; }
            [Runhouse.Remote(Retries = 2, Idempotent = true)] public class Box { public int Size { get; set; } [Runhouse.Remote(Retries = 5)] public Task FillAsync() => null!; }
            """).Compiles();
        string[] lines = [.. run.Files.Single(static file => file.Key.EndsWith("Contract.g.cs", StringComparison.Ordinal)).Value.Split('\n')
            .Where(static line => line.Contains('|', StringComparison.Ordinal)).Select(static line => line.Trim()[34..]).Order(StringComparer.Ordinal)];
        Assert.Equal(["Cbi|0|Box|.ctor||", "Fi|0|Jobs|StopAsync||", "F|0|Jobs|GoAsync||", "Mi|0|Box|FillAsync||", "Mi|0|Box|fetch Fetch|Box|", "Mi|0|Box|get Size|int|", "Mi|0|Box|set Size|||value:int"], lines);
        string[] marks = [.. run.Files.Values.SelectMany(static text => text.Split('\n')).Where(static line => line.Contains(") {", StringComparison.Ordinal) && line.Contains('"', StringComparison.Ordinal) && (line.Contains("Retries", StringComparison.Ordinal) || line.Contains("IsIdempotent", StringComparison.Ordinal)))
            .Select(static line => line.Split('"')[1] + line[line.IndexOf(") {", StringComparison.Ordinal)..]).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "Box) { TakesNoToken = true, IsIdempotent = true, Retries = 2 };",
                "Box.Fetch) { TakesNoToken = true, IsIdempotent = true, Retries = 2 };",
                "Box.FillAsync) { TakesNoToken = true, IsIdempotent = true, Retries = 5 };",
                "Box.Size) { TakesNoToken = true, IsIdempotent = true, Retries = 2 };",
                "Box.Size) { TakesNoToken = true, IsIdempotent = true, Retries = 2 };",
                "Jobs.GoAsync) { TakesNoToken = true, Retries = 3 };",
                "Jobs.StopAsync) { TakesNoToken = true, IsIdempotent = true };",
            ],
            marks);
    }

    [Fact]
    public void The_contract_says_names_types_defaults_and_needs_of_each_member()
    {
        GeneratorRun run = GeneratorRun.Of("""
            using System.Collections.Generic; using System.Threading; using System.Threading.Tasks;
            namespace A;
            public enum Mode : long { Slow = -1 }
            public static class Jobs
            {
                [Runhouse.Remote(Gpu = "A100|H100", Cpus = "8+")]
                public static Task<List<Mode?>> GoAsync(string? a = "|\"é", Mode b = Mode.Slow, double c = double.NaN, decimal d = 1.5m, System.Guid e = default, char f = '\'', CancellationToken stop = default, params int[] rest) => null!;
            }
            [Runhouse.Remote(Memory = "2")]
            public class Box(string name)
            {
                public int Size { get; set; }
                public async IAsyncEnumerable<int> TakeAsync(IAsyncEnumerable<long> items, System.IProgress<int>? done = null) { await Task.Yield(); yield return name.Length; }
            }
            """).Compiles();
        string[] lines = [.. run.Files.Single(static file => file.Key.EndsWith("Contract.g.cs", StringComparison.Ordinal)).Value.Split('\n').Where(static line => line.Contains('|')).Select(static line => line.Trim()[34..]).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "Cb|0|A.Box|.ctor||memory=2|name:string",
                "F|0|A.Jobs|GoAsync|System.Collections.Generic.List<A.Mode?>|gpu=A100 or H100, cpus=8+|a:string?=\"\\u007C\\u0022\\u00E9\"|b:A.Mode=\"Slow\"|c:double=\"NaN\"|d:decimal=1.5|e:System.Guid=null|f:char=\"'\"|rest:int[]=[]",
                "Ms|0|A.Box|TakeAsync|int||*items:System.Collections.Generic.IAsyncEnumerable<long>|!done:System.IProgress<int>?=null",
                "M|0|A.Box|get Size|int|",
                "M|0|A.Box|set Size|||value:int",
            ],
            lines.Where(static line => !line.Contains("fetch", StringComparison.Ordinal)));
    }

    [Fact]
    public void Exceptions_whose_constructors_call_each_other_in_a_circle_end_the_search()
    {
        var run = GeneratorRun.Of("""
            [Runhouse.Remote] public class X { public void Go() { } }
            public class CircleException : System.Exception
            {
                public CircleException(string a) : this(a, 1) { }
                public CircleException(string b, int c) : this(b) { }
            }
            """);
        Assert.Null(run.Result.Results.Single().Exception);
        Assert.DoesNotContain(run.Files.Values, text => text.Contains("CircleException", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_that_differ_in_case_or_separators_only_do_not_collide()
    {
        GeneratorRun run = GeneratorRun.Of("""
            namespace A { [Runhouse.Remote] public class Job { } [Runhouse.Remote] public class job_ { } }
            namespace a { [Runhouse.Remote] public class Job { } }
            namespace B { public class Outer { [Runhouse.Remote] public class In { } } }
            namespace B.Outer_ { [Runhouse.Remote] public class In { } }
            """);
        Assert.Empty(run.Result.Diagnostics);
        Assert.Null(run.Result.Results.Single().Exception);
        Assert.Equal(5, run.Files.Keys.Count(k => k.EndsWith(".Proxy.g.cs", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_nested_class_is_named_by_the_types_around_it()
    {
        GeneratorRun run = GeneratorRun.Of("""
            namespace A; 
            internal class Outer { [Runhouse.Remote] public class Inner { public void Go() { } } }
            internal static class Use { public static async System.Threading.Tasks.Task RunAsync() { await using OuterInnerRemote r = await Outer.Inner.RemoteAsync(); await r.GoAsync(); } }
            """).Compiles();
        Assert.Contains("internal sealed class OuterInnerRemote", run.Files["A.Outer.Inner.Proxy.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_generic_class_is_made_remote_by_the_assembly()
    {
        GeneratorRun run = GeneratorRun.Of("""
            [assembly: Runhouse.Remote<Lib.Embedder<int>>(Gpu = "A10G")]
            [assembly: Runhouse.Remote<Lib.Embedder<string>>]
            namespace Lib { public class Embedder<T> { public T Embed(T value) => value; } }
            """, "using Lib; internal static class Use { public static async System.Threading.Tasks.Task<int> RunAsync() { await using var r = await Embedder<int>.RemoteAsync(); return await r.EmbedAsync(1); } }").Compiles();
        Assert.Contains(run.Files.Values, text => text.Contains("class EmbedderOfInt32Remote", StringComparison.Ordinal));
    }

    [Fact]
    public void A_member_of_its_own_named_Remote_leaves_the_ordinary_entry_points()
        => GeneratorRun.Of("""
            [Runhouse.Remote] public class Has { public static int Remote => 1; public void Go() { } }
            internal static class Use { public static async System.Threading.Tasks.Task RunAsync() { await using var r = await HasRemoteEntry.Remote.CreateAsync(); await using var s = await Has.RemoteAsync(); } }
            """).Compiles();

    [Fact]
    public void Defaults_are_the_same_in_every_culture()
    {
        var before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            System.Globalization.CultureInfo.CurrentCulture = new System.Globalization.CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            GeneratorRun run = GeneratorRun.Of("[Runhouse.Remote] public class X { public double Go(double a = -1.5, int b = -3, double c = double.NaN, string? d = null, bool e = true) => a; }").Compiles();
            Assert.Contains("double a = -1.5D, int b = -3, double c = double.NaN, string? d = null, bool e = true", run.Files["X.Proxy.g.cs"], StringComparison.Ordinal);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void What_is_obsolete_or_experimental_is_so_for_callers_and_travels_all_the_same()
    {
        GeneratorRun run = GeneratorRun.Of("""
            using System; using System.Diagnostics.CodeAnalysis; using System.Threading.Tasks;
            namespace App;
            [Experimental("APP001")] public class Trial { public int A { get; set; } }
            [Obsolete("No.", true)] public class Gone { public int A { get; set; } }
            public class Data { [Obsolete("No.", true)] public int Old { get; set; } [Obsolete] public int Older { get; set; } [Experimental("APP002")] public int New { get; set; } }
            public interface IX { [Obsolete("No.", true)] Task GoneAsync(int a); }
            [Runhouse.Remote]
            public class X : IX
            {
                public X() { }
                [Obsolete("Name it \"x\".", true)] public X(int a) { }
                [Obsolete("No.", true)] public Task GoneAsync(int a) => Task.CompletedTask;
                [Obsolete("Soon.")] public Task SoonAsync(Data a) => Task.CompletedTask;
                [Obsolete("No.", true)] public Task<Gone> TakeAsync(Gone a) => Task.FromResult(a);
                [Obsolete("No.", true)] public int Count { get; set; }
            #pragma warning disable APP001
                public Task<Trial> TryAsync(Trial a) => Task.FromResult(a);
            #pragma warning restore APP001
                [Experimental("APP003")] public Task RiskAsync() => Task.CompletedTask;
            }
            public static class Jobs { [Runhouse.Remote, Obsolete("No.", true)] public static Task GoneAsync(Gone a) => Task.CompletedTask; }
            [Obsolete("No.", true)] public static class Caller { public static Task CallAsync() => Jobs.GoneAsync(new Gone()); }
            """);
        run.Compiles(allWarnings: false);
        string[] uses =
        [
            "x.GoneAsync(1)", "x.SoonAsync(null!)", "x.GetCountAsync()", "x.RiskAsync()", "App.X.RemoteAsync(1)", "App.X.Remote.CreateAsync(1)", "App.JobsRemoteEntry.Remote.GoneAsync(null!)",
        ];
        var found = run.After(input => input.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
                $"using App; public static class Use {{ public static void Go(App.XRemote x) {{ {string.Concat(uses.Select(static use => $"_ = {use};\n"))} }} }}",
                (CSharpParseOptions)input.SyntaxTrees[0].Options,
                "/src/Use.cs")))
            .Output.GetDiagnostics()
            .Where(static one => one.Location.SourceTree?.FilePath == "/src/Use.cs")
            .OrderBy(static one => one.Location.SourceSpan.Start)
            .Select(static one => one.Id);
        Assert.Equal(["CS0619", "CS0618", "CS0619", "APP003", "CS0619", "CS0619", "CS0619"], found);
    }

    [Fact]
    public void Overloads_that_differ_in_the_token_become_one()
        => GeneratorRun.Of("""
            using System.Threading; using System.Threading.Tasks;
            [Runhouse.Remote] public class X : IX { public Task Go(int a) => Go(a, default); public Task Go(int a, CancellationToken ct) => Task.CompletedTask; }
            public interface IX { Task Go(int a); Task Go(int a, CancellationToken ct); }
            internal static class Use { public static Task Run(XRemote x) => x.Go(1); public static IX As(XRemote x) => x; }
            """).Compiles();

    [Fact]
    public void Services_are_resolved_in_the_worker_and_absent_for_callers()
    {
        GeneratorRun run = GeneratorRun.Of("""
            using Microsoft.Extensions.DependencyInjection; using Runhouse;
            [assembly: RemoteStartup(typeof(Startup))]
            public class Startup { public void ConfigureServices(IServiceCollection services) { } }
            public interface IThing { }
            [Remote] public class X(int a, [FromServices] IThing thing) { public int Go() => a + thing.GetHashCode(); }
            internal static class Use { public static System.Threading.Tasks.Task<XRemote> Run() => X.RemoteAsync(1); }
            """).Compiles();
        Assert.Contains("call.GetService<global::IThing>(\"X(thing)\")", run.Files["X.Dispatcher.g.cs"], StringComparison.Ordinal);
        Assert.Contains("new global::Startup().ConfigureServices(services)", run.Files["Runhouse-Contract.g.cs"], StringComparison.Ordinal);
    }
}
