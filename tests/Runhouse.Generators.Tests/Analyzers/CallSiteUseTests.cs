using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Runhouse.Generators.Analyzers.CallSites;
using CallSiteTest = Runhouse.Generators.Tests.Infrastructure.AnalyzerTest<Runhouse.Generators.Analyzers.CallSites.CallSiteAnalyzer>;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Uses of remote code in calling code.</summary>
public sealed class CallSiteUseTests
{
    private const string Remote = """
        public static class Jobs
        {
            [Remote] public static Task<int> DoubleAsync(int value, CancellationToken cancellationToken = default) => Task.FromResult(2 * value);
            [Remote] public static int Add(int value) => value;
            [Remote] public static Task GoAsync(string name) => Task.CompletedTask;
            [Remote] public static IAsyncEnumerable<int> CountAsync(int to) => throw new LostException(new object());
            [Remote] public static Task<RemoteRef<int[]>> KeepAsync() => Task.FromResult(RemoteRef.Create(new int[1]));
            [Remote] public static Task<RemoteRef<Action>> OpenAsync() => Task.FromResult(RemoteRef.Create<Action>(() => { }));
            [Remote] public static Task UseAsync(RemoteRef<int[]> values) => Task.CompletedTask;
            public static Task<int> LocalAsync(int value, CancellationToken cancellationToken = default) => Task.FromResult(value);
        }

        [Remote]
        public class Counter
        {
            public int Value { get; set; }
            public Task<int> AddAsync(int number, CancellationToken cancellationToken = default) => Task.FromResult(number);
            public async IAsyncEnumerable<int> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default) { await Task.Yield(); yield return 1; }
        }

        public class LostException(object what) : Exception { public object What => what; }
        public class KnownException(string message) : Exception(message);
        """;

    [Theory]
    [InlineData("async Task M(dynamic d) { await {|RH0201:Jobs.DoubleAsync(d)|}; }")]
    [InlineData("object M(dynamic d) => {|RH0201:Jobs.GoAsync(d.Name)|};")]
    [InlineData("void M(dynamic d) { var a = {|RH0201:Jobs.DoubleAsync(d, CancellationToken.None)|}; }")]
    [InlineData("System.Linq.Expressions.Expression<Func<Task<int>>> M() => () => {|RH0202:Jobs.DoubleAsync(1, default)|};")]
    [InlineData("void M() { System.Linq.Expressions.Expression<Func<int, Task>> e = a => {|RH0202:Jobs.GoAsync(\"\" + a)|}; }")]
    [InlineData("void M(IQueryable<int> q) { var r = q.Select(a => {|RH0202:Jobs.DoubleAsync(a, default)|}); }")]
    [InlineData("Task<int> M() => {|RH0204:new Counter()|}.AddAsync(1);")]
    [InlineData("void M() { var c = {|RH0204:new Counter()|}; }")]
    [InlineData("Counter M() => {|RH0204:new() { Value = 1 }|};")]
    [InlineData("int M() => {|RH0205:Jobs.DoubleAsync(1).Result|};")]
    [InlineData("void M() => {|RH0205:Jobs.GoAsync(\"\").Wait()|};")]
    [InlineData("int M(CounterRemote c) => {|RH0205:c.AddAsync(1).GetAwaiter().GetResult()|};")]
    [InlineData("int M() => {|RH0205:Jobs.Remote.DoubleAsync(1).ConfigureAwait(false).GetAwaiter().GetResult()|};")]
    [InlineData("async Task M(CancellationToken t) { await {|RH0207:Jobs.DoubleAsync(1)|}; }")]
    [InlineData("async Task M(CounterRemote c, CancellationToken t) { await {|RH0207:c.AddAsync(1)|}; }")]
    [InlineData("Func<CancellationToken, Task<int>> M() => t => {|RH0207:Jobs.Remote.DoubleAsync(1)|};")]
    [InlineData("async Task M() { {|RH0213:await Jobs.KeepAsync()|}; }")]
    [InlineData("async Task M() { _ = {|RH0213:await Jobs.Remote.KeepAsync().ConfigureAwait(false)|}; }")]
    [InlineData("async Task M() { var {|RH0213:r = await Jobs.KeepAsync()|}; await Jobs.UseAsync(r); await r.FetchAsync(); }")]
    [InlineData("async Task M() { await Jobs.UseAsync({|RH0213:await Jobs.KeepAsync()|}); }")]
    [InlineData("async Task M() { await using RemoteRef<Action> r = await Jobs.OpenAsync(); await {|RH0214:r.FetchAsync()|}; }")]
    [InlineData("async Task M() { {|RH0208:await Counter.RemoteAsync()|}; }")]
    [InlineData("async Task M() { _ = {|RH0208:await Counter.Remote.CreateAsync()|}; }")]
    [InlineData("async Task M() { CounterRemote {|RH0208:c = await Counter.RemoteAsync()|}; await c.AddAsync(1); }")]
    [InlineData("async Task M() { var {|RH0208:c = await Counter.RemoteAsync().ConfigureAwait(false)|}; await c.AddAsync(1); await c.AddAsync(2); }")]
    [InlineData("void M() { {|RH0209:Jobs.CountAsync(1)|}; }")]
    [InlineData("void M(CounterRemote c) { _ = {|RH0209:c.WatchAsync()|}; }")]
    [InlineData("void M() { {|RH0209:Jobs.Remote.CountAsync(1)|}; }")]
    [InlineData("async Task M() { try { await Jobs.GoAsync(\"\"); } catch ({|RH0210:LostException|}) { } }")]
    [InlineData("async Task M(CounterRemote c) { try { await c.AddAsync(1); } catch ({|RH0210:LostException|} e) { Console.WriteLine(e.What); } }")]
    [InlineData("async Task M() { try { await foreach (int i in Jobs.CountAsync(2)) Console.WriteLine(i); } catch (KnownException) { } catch ({|RH0210:LostException|}) { } }")]
    public Task What_does_not_do_what_it_looks_like_is_reported(string member) => CallSiteTest.RunAsync(Code(member));

    [Theory]
    [InlineData("async Task M(dynamic d) { await Jobs.DoubleAsync((int)d); await Jobs.LocalAsync(d); }")]
    [InlineData("[Remote] public static async Task M(int a) { dynamic d = a; await Jobs.DoubleAsync(d); }")]
    [InlineData("string M(dynamic d) => d.Name;")]
    [InlineData("Func<Task<int>> M() => () => Jobs.DoubleAsync(1);")]
    [InlineData("System.Linq.Expressions.Expression<Func<Task<int>>> M() => () => Jobs.LocalAsync(1, default);")]
    [InlineData("IEnumerable<Task<int>> M(List<int> q) => q.Select(a => Jobs.DoubleAsync(a));")]
    [InlineData("[Remote] public static Task<int> M() => new Counter().AddAsync(1);")]
    [InlineData("object M() => new Counter();")]
    [InlineData("Func<Counter> M() => () => new Counter();")]
    [InlineData("void M(List<int> l) { l.Add(1); var o = new LostException(l); }")]
    [InlineData("int M() => Jobs.LocalAsync(1).Result;")]
    [InlineData("[Remote] public static int M() => Jobs.DoubleAsync(1).Result;")]
    [InlineData("async Task<int> M() { Task<int> t = Jobs.DoubleAsync(1); await t; return t.Result; }")]
    [InlineData("async Task M(CancellationToken t) { await Jobs.DoubleAsync(1, t); await Jobs.GoAsync(\"\"); await Jobs.LocalAsync(1); }")]
    [InlineData("async Task M(CounterRemote c, CancellationToken t) { await foreach (int i in c.WatchAsync().WithCancellation(t)) { } }")]
    [InlineData("async Task M() { await Jobs.DoubleAsync(1); }")]
    [InlineData("Func<Task<int>> M(CancellationToken t) => static () => Jobs.DoubleAsync(1);")]
    [InlineData("async Task M() { await using CounterRemote c = await Counter.RemoteAsync(); await c.AddAsync(1); }")]
    [InlineData("async Task M() { await using (CounterRemote c = await Counter.RemoteAsync()) await c.AddAsync(1); }")]
    [InlineData("async Task M() { CounterRemote c = await Counter.RemoteAsync(); try { await c.AddAsync(1); } finally { await c.DisposeAsync(); } }")]
    [InlineData("async Task<CounterRemote> M() { CounterRemote c = await Counter.RemoteAsync(); await c.AddAsync(1); return c; }")]
    [InlineData("CounterRemote? _c; async Task M() { _c = await Counter.RemoteAsync(); }")]
    [InlineData("async Task M(List<CounterRemote> all) { var c = await Counter.RemoteAsync(); all.Add(c); }")]
    [InlineData("async Task M() { await Counter.Remote.Named(\"n\").CreateAsync(); }")]
    [InlineData("async Task M() { await using RemoteRef<int[]> r = await Jobs.KeepAsync(); await Jobs.UseAsync(r); int[] i = await r.FetchAsync(); }")]
    [InlineData("async Task M() { Keep(await Jobs.KeepAsync()); } void Keep(object o) { }")]
    [InlineData("async Task<RemoteRef<int[]>> M() { var r = await Jobs.KeepAsync(); await Jobs.UseAsync(r); return r; }")]
    [InlineData("[Remote] public static async Task<int> M() { var r = await Jobs.KeepAsync(); var o = await Jobs.OpenAsync(); (await o.FetchAsync())(); return r.Value[0]; }")]
    [InlineData("async Task M() { RemoteRef<int[]> r = RemoteRef.Create(new int[1]); await r.FetchAsync(); }")]
    [InlineData("async Task M() { await foreach (int i in Jobs.CountAsync(1)) { } }")]
    [InlineData("IAsyncEnumerable<int> M() => Jobs.CountAsync(1);")]
    [InlineData("void M() { var s = Jobs.CountAsync(1); _ = s; Keep(s); } void Keep(object o) { }")]
    [InlineData("async Task M() { try { await Jobs.GoAsync(\"\"); } catch (KnownException) { } catch (IOException) { } catch (RemoteException e) when (e.Is<LostException>()) { } }")]
    [InlineData("async Task M() { try { await Jobs.GoAsync(\"\"); await Jobs.LocalAsync(1); } catch (LostException) { } }")]
    [InlineData("void M(Action a) { try { a(); } catch (LostException) { } }")]
    [InlineData("async Task M(object o) { try { await Jobs.GoAsync(\"\"); throw new LostException(o); } catch (LostException) { } }")]
    public Task Ordinary_use_is_not_reported(string member) => CallSiteTest.RunAsync(Code(member));

    [Theory]
    [InlineData("int M() => {|#0:Jobs.DoubleAsync(1).Result|};", "blocks its thread for the whole trip of 'Jobs.DoubleAsync', and with it the pool's when many do so")]
    [InlineData("int M() => {|#0:Jobs.Remote.With(new RemoteOptions()).DoubleAsync(1).Result|};", "blocks its thread for the whole trip of 'Jobs.Remote.DoubleAsync', and with it the pool's when many do so")]
    [InlineData("int M() => {|#0:Jobs.Remote.AddAsync(1).Result|};", "throws while 'Jobs.Remote.AddAsync' is under way, because its ValueTask can be awaited and not waited for")]
    [InlineData("int M(CounterRemote c) => {|#0:c.GetValueAsync().ConfigureAwait(false).GetAwaiter().GetResult()|};", "throws while 'CounterRemote.GetValueAsync' is under way, because its ValueTask can be awaited and not waited for")]
    [InlineData("int M() => {|#0:Jobs.Remote.AddAsync(1).AsTask().Result|};", "blocks its thread for the whole trip of 'Jobs.Remote.AddAsync', and with it the pool's when many do so")]
    public Task What_waiting_does_depends_on_what_is_waited_for(string member, string what) => CallSiteTest.RunAsync(
        Code(member),
        test => test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerWarning("RH0205").WithLocation(0).WithArguments(what)));

    [Fact]
    public Task Plain_calls_that_are_local_by_choice_are_not_reported() => CallSiteTest.RunAsync(
        Code("async Task M(dynamic d, CancellationToken t) { await Jobs.DoubleAsync(d); await Jobs.DoubleAsync(1); Jobs.CountAsync(1); int i = Jobs.DoubleAsync(1).Result; Func<int, CancellationToken, Task<int>> f = Jobs.DoubleAsync; }"),
        static test => test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", "is_global = true\nbuild_property.RunhouseTransparentCalls = false\n")));

    [Theory]
    [InlineData("class D : Counter { public Task<int> TwiceAsync() => {|RH0203:base.AddAsync(1)|}; }")]
    [InlineData("class B : Counter { } class D : B { async Task M() { await {|RH0203:base.AddAsync(1)|}; await foreach (int i in {|RH0203:base.WatchAsync()|}) { } } }")]
    [InlineData("class D : Counter { int M() => {|RH0203:base.Value|}; void N() => {|RH0203:base.Value|} = 1; Func<Task<int>> F() => () => {|RH0203:base.AddAsync(2)|}; }")]
    [InlineData("[Remote] class R { public virtual Task GoAsync() => Task.CompletedTask; } class D : R { public override Task GoAsync() => {|RH0203:base.GoAsync()|}; }")]
    [InlineData("[Remote] class D : Counter { public Task<int> TwiceAsync() => base.AddAsync(1); }")]
    [InlineData("class D : Counter { protected Task<int> TwiceAsync() => base.AddAsync(1); } [Remote] class E : D { }")]
    [InlineData("class D : Counter { public Task<int> TwiceAsync() => AddAsync(1); public override string? ToString() => base.ToString(); }")]
    [InlineData("class B { public virtual Task GoAsync() => Task.CompletedTask; } class D : B { public override Task GoAsync() => base.GoAsync(); }")]
    [InlineData("[Remote] class R : IAsyncDisposable { public virtual ValueTask DisposeAsync() => default; protected void Go() { } } class D : R { public override ValueTask DisposeAsync() { base.Go(); return base.DisposeAsync(); } }")]
    [InlineData("class B : Counter { public Task OtherAsync() => Task.CompletedTask; } class D : B { Task M() => base.OtherAsync(); }")]
    public Task A_base_call_of_a_remote_member_is_reported_where_its_class_is_not_remote(string types) => CallSiteTest.RunAsync(Remote + types);

    [Theory]
    [InlineData("interface I { int Add(int a); } [Remote] class C : I { public int Add(int a) => a; } class P { void M(RunhouseBuilder b) => {|RH0215:b.AddRemote<I, C>()|}; }")]
    [InlineData("namespace N { public interface I { Task GoAsync(); int Count { get; } } [Remote] public class C : I { public Task GoAsync() => null!; public int Count => 1; } } class P { void M(RunhouseBuilder b) => {|RH0215:b.AddRemote<N.I, N.C>()|}; }")]
    [InlineData("interface I { Task GoAsync(); } [Remote] class C : I { public Task GoAsync() => null!; } class P { void M(RunhouseBuilder b) => b.AddRemote<I, C>(static placement => placement); }")]
    [InlineData("class P { void M(RunhouseBuilder b) => b.AddRemote(_ => Counter.RemoteAsync()); }")]
    [InlineData("interface I { int Add(); } class C : I { public int Add() => 1; } class P { void M(RunhouseBuilder b) => b.AddRemote<I, C>(); }")]
    public Task An_interface_that_the_proxy_lacks_is_reported(string types) => CallSiteTest.RunAsync(Remote + types);

    [Theory]
    [InlineData("class P { Task<int> M() => {|RH0212:Jobs.DoubleAsync(1)|}; }")]
    [InlineData("class P { async Task M() { await {|RH0212:Jobs.GoAsync(\"\")|}; } }")]
    [InlineData("class P { IAsyncEnumerable<int> M() => {|RH0212:Jobs.CountAsync(1)|}; }")]
    [InlineData("class P { Task<int> M() => Jobs.Remote.DoubleAsync(1); }")]
    [InlineData("class P { Task<int> M() => Jobs.LocalAsync(1); }")]
    [InlineData("static class P { [Remote] public static Task<int> M() => Jobs.DoubleAsync(1); }")]
    public Task A_plain_call_that_another_generator_wrote_is_reported(string page) => GeneratedRun.RunAsync(Remote, page);

    [Fact]
    public Task A_file_that_only_looks_generated_is_redirected_as_any_other() => Infrastructure.AnalyzerTest<GeneratedCallAnalyzer>.RunAsync(
        Remote, static test => test.TestState.Sources.Add(("/src/Page.g.cs", "// <auto-generated/>\nclass P { System.Threading.Tasks.Task<int> M() => Jobs.DoubleAsync(1); }")));

    private static string Code(string member) => Remote + $"\npublic class Caller {{ {member} }}";

    /// <summary>A test with a second generator, which writes a page.</summary>
    private static class GeneratedRun
    {
        public static async Task RunAsync(string source, string page)
        {
            string code = System.Text.RegularExpressions.Regex.Replace(page, @"\{\|RH\d+:(.*?)\|\}", "$1");
            bool expected = page != code;
            Infrastructure.GeneratorRun run = Infrastructure.GeneratorRun.Of(
                source, "global using System; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks; global using Runhouse;");
            Compilation output = run.Output.AddSyntaxTrees(Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText(
                SourceText.From("// <auto-generated/>\n" + code, Encoding.UTF8), (Microsoft.CodeAnalysis.CSharp.CSharpParseOptions)run.Output.SyntaxTrees.First().Options, "/obj/Page_razor.g.cs"));
            var reported = await output.WithAnalyzers([new GeneratedCallAnalyzer()]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
            Assert.Equal(expected ? ["RH0212"] : [], reported.Select(static one => one.Id));
        }
    }
}
