using Microsoft.CodeAnalysis;
using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>What remote members reach inside the compilation, and how the message names the way.</summary>
public sealed class PortabilityReachTests
{
    private const string Use = "{|#0:DateTime.Now|}";

    [Theory]
    [InlineData("public class W { [Remote] public static Task A() { _ = " + Use + "; return null!; } }", "")]
    [InlineData("public class W { [Remote] public static Task A() => B(); static Task B() { _ = " + Use + "; return null!; } }", ", reached from 'W.A' by 'W.B'")]
    [InlineData("public class W { [Remote] public static Task A() => B(); static Task B() => C(); static Task C() { _ = " + Use + "; return null!; } }", ", reached from 'W.A' by 'W.B', 'W.C'")]
    [InlineData("[Remote] public class W { public Task A() => null!; public W() { _ = " + Use + "; } }", "")]
    [InlineData("[Remote] public class W { DateTime _at = " + Use + "; public Task A() => null!; }", "")]
    [InlineData("[Remote] public class W { public Task A() { _ = Clock.Time; return null!; } } static class Clock { public static DateTime Time => " + Use + "; }", ", reached from 'W.A' by 'Clock.Time'")]
    [InlineData("[Remote] public class W { public Task A() { _ = Clock.Start; return null!; } } static class Clock { public static readonly DateTime Start = " + Use + "; }", ", reached from 'W.A' by 'Clock.Start'")]
    [InlineData("[Remote] public class W { public Task A() { _ = new Clock(); return null!; } } class Clock : Base { } class Base { public Base() { _ = " + Use + "; } }", ", reached from 'W.A' by 'Base'")]
    [InlineData("[Remote] public class W { public Task A() { Func<DateTime> f = Time; return null!; } static DateTime Time() => " + Use + "; }", ", reached from 'W.A' by 'W.Time'")]
    [InlineData("[Remote] public class W { public Task A() { Local(); return null!; void Local() { Action a = () => _ = " + Use + "; } } }", "")]
    [InlineData("[Remote] public class W { public Task A() { 1.Stamp(); return null!; } } static class E { public static void Stamp(this int a) => _ = " + Use + "; }", ", reached from 'W.A' by 'E.Stamp'")]
    [InlineData("[Remote] public class W { public Task A() { new List<int>().Each(); return null!; } } static class E { public static void Each<T>(this List<T> a) => _ = " + Use + "; }", ", reached from 'W.A' by 'E.Each'")]
    [InlineData("interface IClock { void Go(); } class Clock : IClock { public void Go() => _ = " + Use + "; } [Remote] public class W { public Task A() { IClock c = new Clock(); c.Go(); return null!; } }", ", reached from 'W.A' by 'Clock.Go'")]
    [InlineData("abstract class B { public void Go() => Do(); protected abstract void Do(); } class D : B { protected override void Do() => _ = " + Use + "; } [Remote] public class W { public Task A() { new D().Go(); return null!; } }", ", reached from 'W.A' by 'B.Go', 'D.Do'")]
    [InlineData("public class B { public Task Go() { _ = " + Use + "; return null!; } } [Remote] public class W : B { }", "")]
    [InlineData("[assembly: Remote<B>] public class B { public Task Go() { _ = " + Use + "; return null!; } }", "")]
    [InlineData("[Remote] public class W { public Task A() { using var d = new D(); return null!; } } class D : IDisposable { public void Dispose() => _ = " + Use + "; }", ", reached from 'W.A' by 'D.Dispose'")]
    [InlineData("[Remote] public class W { public Task A() { _ = new V() + new V(); return null!; } } class V { public static V operator +(V a, V b) { _ = " + Use + "; return a; } }", ", reached from 'W.A' by 'V.operator +'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); v += v; return null!; } } class V { public static V operator +(V a, V b) { _ = " + Use + "; return a; } }", ", reached from 'W.A' by 'V.operator +'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); v++; return null!; } } class V { public static V operator ++(V a) { _ = " + Use + "; return a; } }", ", reached from 'W.A' by 'V.operator ++'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); v.E += () => { }; return null!; } } class V { public event Action E { add { _ = " + Use + "; } remove { } } }", ", reached from 'W.A' by 'V.E'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); _ = v is [1, ..]; return null!; } } class V { public int Length { get { _ = " + Use + "; return 1; } } public int this[int i] => i; }", ", reached from 'W.A' by 'V.Length'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); _ = v[^1]; return null!; } } class V { public int Length { get { _ = " + Use + "; return 1; } } public int this[int i] => i; }", ", reached from 'W.A' by 'V.Length'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(1); _ = v with { A = 2 }; return null!; } } record V(int A) { protected V(V other) { _ = " + Use + "; A = 1; } }", ", reached from 'W.A' by 'V'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); _ = v is (1, 2); return null!; } } class V { public void Deconstruct(out int a, out int b) { _ = " + Use + "; a = b = 1; } }", ", reached from 'W.A' by 'V.Deconstruct'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); var (x, y) = v; return null!; } } class V { public void Deconstruct(out int a, out int b) { _ = " + Use + "; a = b = 1; } }", ", reached from 'W.A' by 'V.Deconstruct'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); _ = $\"{v}\"; return null!; } } class V { public override string ToString() { _ = " + Use + "; return null!; } }", ", reached from 'W.A' by 'V.ToString'")]
    [InlineData("[Remote] public class W { public Task A() { var v = new V(); _ = \"a\" + v; return null!; } } class V { public override string ToString() { _ = " + Use + "; return null!; } }", ", reached from 'W.A' by 'V.ToString'")]
    [InlineData("[Remote] public class W { public async Task A() { await new V(); } } struct V : System.Runtime.CompilerServices.INotifyCompletion { public V GetAwaiter() { _ = " + Use + "; return this; } public bool IsCompleted => true; public void OnCompleted(Action a) { } public void GetResult() { } }", ", reached from 'W.A' by 'V.GetAwaiter'")]
    [InlineData("[Remote] public class W { public Task A() { \"a\".Look(); return null!; } } static class E { extension(string text) { public void Look() { _ = " + Use + "; } } }", ", reached from 'W.A' by 'String.Look'")]
    public Task What_a_remote_member_reaches_is_reported_with_the_way(string source, string way) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        source, test => test.ExpectedDiagnostics.Add(new DiagnosticResult("RH0150", DiagnosticSeverity.Info).WithLocation(0).WithArguments("DateTime.Now", way, "")));

    [Theory]
    [InlineData("public class W { [Remote] public static Task A() => null!; public static Task B() { _ = DateTime.Now; return null!; } }")]
    [InlineData("[Remote] public class W { public Task A() => null!; public static void B() { _ = DateTime.Now; } internal void C() { _ = DateTime.Now; } }")]
    [InlineData("class Program { static void Main() { _ = DateTime.Now; } } public class W { [Remote] public static Task A() => null!; }")]
    [InlineData("interface IClock { void Go(); } class Mine : IClock { public void Go() => _ = DateTime.Now; } class Theirs : IClock { public void Go() { } } [Remote] public class W { public Task A() { IClock c = new Theirs(); c.Go(); return null!; } }")]
    [InlineData("class W { public void A() { _ = DateTime.Now; Environment.Exit(1); } }")]
    [InlineData("[System.CodeDom.Compiler.GeneratedCode(\"a\", null)] public class W { [Remote] public static Task A() { _ = DateTime.Now; return null!; } }")]
    public Task What_it_does_not_reach_is_not(string source) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(source);

    [Fact]
    public Task A_use_that_two_members_reach_is_reported_once_by_the_shorter_way() => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        """
        public class W
        {
            [Remote] public static Task A() => B();
            static Task B() => C();
            static Task C() { _ = {|#0:DateTime.Now|}; return null!; }
            [Remote] public static Task D() => C();
        }
        """,
        static test => test.ExpectedDiagnostics.Add(
            new DiagnosticResult("RH0150", DiagnosticSeverity.Info).WithLocation(0).WithArguments("DateTime.Now", ", reached from 'W.D' by 'W.C'", "")));

    [Theory]
    [InlineData("public Startup() { _ = {|RH0150:DateTime.Now|}; } public void ConfigureServices(IServiceCollection services) { }")]
    [InlineData("public void ConfigureServices(IServiceCollection services) { _ = {|RH0150:DateTime.Now|}; }")]
    [InlineData("public static void ConfigureServices(IServiceCollection services) => services.AddSingleton<Clock>(); class Clock { public Clock() { _ = {|RH0150:DateTime.Now|}; } }")]
    [InlineData("public static void ConfigureServices(IServiceCollection services) => services.AddSingleton(_ => {|RH0150:DateTime.Now|}.ToString());")]
    public Task Startup_is_remote_code(string members) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        $$"""
        using Microsoft.Extensions.DependencyInjection;
        [assembly: RemoteStartup(typeof(Startup))]
        public class Startup { {{members}} }
        """);

    [Fact]
    public Task A_use_obeys_the_severity_of_its_file() => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        "public class W { [Remote] public static Task A() { _ = DateTime.Now; return null!; } }",
        static test => test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.RH0150.severity = none\n")));
}
