using Runhouse.Generators.Analyzers.CallSites;
using Runhouse.Generators.CodeFixes.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests;

/// <summary>The fixes of the call-site rules, before and after.</summary>
public sealed class CallSiteFixTests
{
    private const string Jobs = "public static class Jobs { [Remote] public static Task<int> DoubleAsync(int value, CancellationToken cancellationToken = default) => Task.FromResult(2 * value); }\n";

    private const string Remote = """
        public static class Jobs
        {
            [Remote] public static Task<int> DoubleAsync(int value, CancellationToken cancellationToken = default) => Task.FromResult(2 * value);
            [Remote] public static Task<int> LoadAsync(int id) => Task.FromResult(id);
            [Remote] public static Task KeepAsync(int @class) => Task.CompletedTask;
            [Remote] public static Task GoAsync() => Task.CompletedTask;
        }

        [Remote]
        public class Counter(int start = 0)
        {
            public int Value { get; set; } = start;
            public Task<int> AddAsync(int number) => Task.FromResult(Value += number);
        }

        public class LostException(object what) : Exception { public object What => what; public override string Message => "lost"; }

        """;

    [Theory]
    [InlineData(
        "public class C { async Task M(CancellationToken stop) { await {|RH0207:Jobs.DoubleAsync(1)|}; } }",
        "public class C { async Task M(CancellationToken stop) { await Jobs.DoubleAsync(1, cancellationToken: stop); } }")]
    [InlineData(
        "public class C { Func<CancellationToken, Task<int>> M() => t => {|RH0207:Jobs.Remote.DoubleAsync(value: 2)|}; }",
        "public class C { Func<CancellationToken, Task<int>> M() => t => Jobs.Remote.DoubleAsync(value: 2, cancellationToken: t); }")]
    public Task The_token_in_scope_is_passed(string before, string after) => CodeFixTest<CallSiteAnalyzer, PassTokenFix>.RunAsync(Jobs + before, Jobs + after);

    [Theory]
    [InlineData("var all = new[] { 1 }.Select({|RH0200:Jobs.LoadAsync|});", "var all = new[] { 1 }.Select(id => Jobs.LoadAsync(id));")]
    [InlineData("Func<int, CancellationToken, Task<int>> f = {|RH0200:Jobs.DoubleAsync|};", "Func<int, CancellationToken, Task<int>> f = (value, cancellationToken) => Jobs.DoubleAsync(value, cancellationToken);")]
    [InlineData("var f = {|RH0200:Jobs.DoubleAsync|};", "var f = (int value, CancellationToken cancellationToken) => Jobs.DoubleAsync(value, cancellationToken);")]
    [InlineData("Delegate f = /* here */ {|RH0200:Jobs.LoadAsync|};", "Delegate f = /* here */ (int id) => Jobs.LoadAsync(id);")]
    [InlineData("object f = (Func<Task>){|RH0200:Jobs.GoAsync|};", "object f = (Func<Task>)(() => Jobs.GoAsync());")]
    [InlineData("Func<int, Task>[] f = [{|RH0200:Jobs.LoadAsync|}, {|RH0200:Jobs.KeepAsync|}];", "Func<int, Task>[] f = [id => Jobs.LoadAsync(id), @class => Jobs.KeepAsync(@class)];")]
    public Task A_delegate_becomes_a_lambda_that_calls(string before, string after)
        => CodeFixTest<CallSiteAnalyzer, MethodGroupFix>.RunAsync(Remote + InMethod(before), Remote + InMethod(after));

    [Theory]
    [InlineData("Func<int, Task<int>>? f = null; f += {|RH0200:Jobs.LoadAsync|}; f -= {|RH0200:Jobs.LoadAsync|};")]
    [InlineData("Func<int, Task<int>> f = static id => Jobs.LoadAsync(id); bool same = f == {|RH0200:Jobs.LoadAsync|};")]
    public Task A_delegate_that_is_compared_is_left(string code) => CodeFixTest<CallSiteAnalyzer, MethodGroupFix>.RunAsync(Remote + InMethod(code), Remote + InMethod(code));

    [Theory]
    [InlineData("var c = {|RH0204:new Counter()|}; await c.AddAsync(1);", "await using var c = await Counter.RemoteAsync(); await c.AddAsync(1);")]
    [InlineData("Counter c = {|RH0204:new(2)|}; await c.AddAsync(1);", "await using CounterRemote c = await Counter.RemoteAsync(2); await c.AddAsync(1);")]
    [InlineData("/* one */ Counter c /* two */ = {|RH0204:new Counter(start: 2)|}; // three\n", "/* one */ await using CounterRemote c /* two */ = await Counter.RemoteAsync(start: 2); // three\n")]
    [InlineData("Counter? c = {|RH0204:new()|};", "await using CounterRemote c = await Counter.RemoteAsync();")]
    [InlineData("var a = {|RH0204:new Counter()|}; { var b = {|RH0204:new Counter(1)|}; await b.AddAsync(await a.AddAsync(1)); }", "await using var a = await Counter.RemoteAsync(); { await using var b = await Counter.RemoteAsync(1); await b.AddAsync(await a.AddAsync(1)); }")]
    public Task A_local_object_becomes_a_remote_one(string before, string after)
        => CodeFixTest<CallSiteAnalyzer, RemoteCreationFix>.RunAsync(Remote + InMethod(before), Remote + InMethod(after));

    [Fact]
    public Task A_local_object_of_a_program_becomes_a_remote_one()
        => CodeFixTest<CallSiteAnalyzer, RemoteCreationFix>.RunAsync(
            "var c = {|RH0204:new Counter()|};\nawait c.AddAsync(1);\n" + Remote,
            "await using var c = await Counter.RemoteAsync();\nawait c.AddAsync(1);\n" + Remote,
            static test => test.TestState.OutputKind = Microsoft.CodeAnalysis.OutputKind.ConsoleApplication);

    [Theory]
    [InlineData("var c = {|RH0204:new Lib.Timer()|}; await c.WaitAsync();", "await using var c = await Lib.TimerRemoteEntry.RemoteAsync(); await c.WaitAsync();")]
    [InlineData("Lib.Timer c = {|RH0204:new(2)|}; await c.WaitAsync();", "await using Lib.TimerRemote c = await Lib.TimerRemoteEntry.RemoteAsync(2); await c.WaitAsync();")]
    [InlineData("var c = {|RH0204:new global::Lib.Timer()|}; await c.WaitAsync();", "await using var c = await Lib.TimerRemoteEntry.RemoteAsync(); await c.WaitAsync();")]
    [InlineData("var c = {|RH0204:new Clock(3)|}; await c.WaitAsync();", "await using var c = await Lib.TimerRemoteEntry.RemoteAsync(3); await c.WaitAsync();")]
    public Task A_class_of_a_namespace_that_is_not_imported_is_made_through_the_ordinary_entry_point(string before, string after)
    {
        const string Using = "using Clock = Lib.Timer;\n";
        const string Lib = "\nnamespace Lib { [Remote] public class Timer(int start = 0) { public Task<int> WaitAsync() => Task.FromResult(start); } }\n";
        return CodeFixTest<CallSiteAnalyzer, RemoteCreationFix>.RunAsync(Using + InMethod(before) + Lib, Using + InMethod(after) + Lib);
    }

    [Fact]
    public Task A_class_that_hides_its_entry_point_is_made_through_the_other_one()
    {
        const string Hiding = "[Remote] public class Hider { public Task<int> GoAsync() => Task.FromResult(1); public static void RemoteAsync() { } }\n";
        return CodeFixTest<CallSiteAnalyzer, RemoteCreationFix>.RunAsync(
            Hiding + InMethod("var c = {|RH0204:new Hider()|}; await c.GoAsync();"), Hiding + InMethod("await using var c = await HiderRemoteEntry.RemoteAsync(); await c.GoAsync();"));
    }

    [Theory]
    [InlineData("public class C { void M() { var c = {|RH0204:new Counter()|}; c.AddAsync(1); } }")]
    [InlineData("public class C { async Task<Counter> M() { var c = {|RH0204:new Counter()|}; await c.AddAsync(1); return c; } }")]
    [InlineData("public class C { async Task M() { await {|RH0204:new Counter()|}.AddAsync(1); } }")]
    [InlineData("public class C { async Task M() { var c = {|RH0204:new Counter { Value = 1 }|}; await c.AddAsync(1); } }")]
    [InlineData("public class C { async Task M() { var c = {|RH0204:new Counter()|}; await c.AddAsync(c.Value); } }")]
    [InlineData("public class C { async Task M() { var c = {|RH0204:new Counter()|}; await c.Twice(); } } public static class E { public static Task Twice(this Counter c) => c.AddAsync(1); }")]
    [InlineData("public class C { async Task M() { var c = {|RH0204:new /* why */ Counter()|}; await c.AddAsync(1); } }")]
    public Task A_local_object_that_must_be_one_is_left(string code) => CodeFixTest<CallSiteAnalyzer, RemoteCreationFix>.RunAsync(Remote + code, Remote + code);

    [Theory]
    [InlineData("catch ({|RH0210:LostException|}) { }", "catch (RemoteException e) when (e.Is<LostException>()) { }")]
    [InlineData("catch ({|RH0210:LostException|} lost) { Console.WriteLine($\"{lost.Message} {lost}\"); Keep(lost); }", "catch (RemoteException lost) when (lost.Is<LostException>()) { Console.WriteLine($\"{lost.Message} {lost}\"); Keep(lost); }")]
    [InlineData("catch ({|RH0210:LostException|} lost) when (lost.Message == \"\") { }", "catch (RemoteException lost) when (lost.Is<LostException>() && lost.Message == \"\") { }")]
    [InlineData("catch ({|RH0210:LostException|} lost) when (_busy || lost.InnerException is null) { throw; }", "catch (RemoteException lost) when (lost.Is<LostException>() && (_busy || lost.InnerException is null)) { throw; }")]
    [InlineData("catch ({|RH0210:LostException|} /* one */) /* two */ { int e = 1; Console.WriteLine(e); }", "catch (RemoteException error /* one */) when (error.Is<LostException>()) /* two */ { int e = 1; Console.WriteLine(e); }")]
    public Task A_handler_takes_what_arrives(string before, string after)
        => CodeFixTest<CallSiteAnalyzer, RemoteExceptionFix>.RunAsync(Remote + Trying(before), Remote + Trying(after));

    [Theory]
    [InlineData("catch ({|RH0210:LostException|} e) { Console.WriteLine(e.What); }")]
    [InlineData("catch ({|RH0210:LostException|} e) { KeepLost(e); }")]
    [InlineData("catch (RemoteException) { } catch ({|RH0210:LostException|}) { }")]
    public Task A_handler_that_needs_its_exception_is_left(string handler)
        => CodeFixTest<CallSiteAnalyzer, RemoteExceptionFix>.RunAsync(Remote + Trying(handler), Remote + Trying(handler));

    private static string InMethod(string statements) => $"public class C {{ async Task M() {{ {statements} await Task.Yield(); }} }}";

    private static string Trying(string handler)
        => $"public class C {{ private bool _busy = true; async Task M() {{ try {{ await Jobs.GoAsync(); }} {handler} }} void Keep(Exception e) => _busy = e is null; void KeepLost(LostException e) {{ }} }}";
}
