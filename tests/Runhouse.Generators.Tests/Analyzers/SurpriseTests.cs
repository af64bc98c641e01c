using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Analyzers.Shape;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Remote code that has a remote form, but not the one that it looks like.</summary>
public sealed class SurpriseTests
{
    [Theory]
    [InlineData("[Remote] public class X { public Task {|RH0013:GoAsync|}(CancellationToken a, int b) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0013:X|}(CancellationToken a, int b) { } }")]
    [InlineData("public class X { [Remote] public static Task {|RH0013:GoAsync|}(int a, CancellationToken b, IProgress<int> c) => null!; }")]
    [InlineData("[Remote] public class X { public event EventHandler? {|RH0014:Moved|}; }")]
    [InlineData("[Remote] public class X { public event Action<int> {|RH0014:Moved|} { add { } remove { } } }")]
    [InlineData("[Remote] public record X { public event Action? {|RH0014:Moved|}, {|RH0014:Stopped|}; }")]
    [InlineData("[Remote] public class X { public int {|RH0015:this|}[int i] => i; }")]
    [InlineData("[Remote] public class X { public string {|RH0015:this|}[string key, int i] { get => key; set { } } }")]
    [InlineData("[Remote] public class X { public int {|RH0015:this|}[int i] { get => i; } public int {|RH0015:this|}[long i] { get => 1; } }")]
    [InlineData("[Remote] public class X { public int {|RH0016:Count|}; }")]
    [InlineData("[Remote] public class X { public readonly int {|RH0016:Count|} = 1; }")]
    [InlineData("[Remote] public class X { public List<int> {|RH0016:A|} = [], {|RH0016:B|} = []; }")]
    [InlineData("public class X { [Remote] public static int {|RH0017:Add|}(int a) => a; }")]
    [InlineData("public class X { [Remote] public static void {|RH0017:Go|}() { } }")]
    [InlineData("public static class X { [Remote] internal static string {|RH0017:Name|}(this int a) => \"\"; }")]
    [InlineData("[Remote] public class X { public void {|RH0021:Dispose|}() { } }")]
    [InlineData("[Remote] public class X { public ValueTask {|RH0021:DisposeAsync|}() => default; }")]
    [InlineData("[Remote] public class X : IDisposable { public void Dispose() { } public Task {|RH0021:DisposeAsync|}() => null!; }")]
    [InlineData("[Remote] public class X { public int {|RH0022:Remote|} { get; set; } }")]
    [InlineData("[Remote] public class X { public static Task {|RH0022:RemoteAsync|}() => null!; }")]
    [InlineData("public class B { public const int {|RH0022:Remote|} = 1; } [Remote] public class X : B { }")]
    [InlineData("[Remote] public class B { } public class D : B { } class C { Task Go() => {|RH0023:D.RemoteAsync|}(); }")]
    [InlineData("[Remote] public class B { } public class D : B { } class C { object Go() => {|RH0023:D.Remote|}; }")]
    [InlineData("[Remote] public class B(int a) { } [Remote] public class D() : B(1) { } class C { Task Go() => {|RH0023:D.RemoteAsync|}(3); }")]
    [InlineData("public class X { void Go() { [{|RH0025:Remote|}] static void Local() { } Local(); } }")]
    [InlineData("public class X { Action Go() => [{|RH0025:Remote|}] () => { }; }")]
    [InlineData("public class X { [Remote] public static X operator {|RH0025:+|}(X a, X b) => a; }")]
    [InlineData("public class X { public static int A { [Remote] {|RH0025:get|} => 1; } }")]
    [InlineData("public static class X { extension(string text) { [Remote] public static Task<int> {|RH0025:SizeAsync|}() => Task.FromResult(1); } static Task<int> Go() => string.SizeAsync(); }")]
    [InlineData("[Remote] public class X { [Remote] internal Task {|RH0025:GoAsync|}() => null!; }")]
    [InlineData("[Remote] public class {|RH0027:X|} { }")]
    [InlineData("[Remote] public class {|RH0027:X|} { internal Task GoAsync() => null!; Task OtherAsync() => null!; public static Task LastAsync() => null!; public override string ToString() => \"\"; }")]
    [InlineData("public class B { protected int A { get; set; } } [Remote] public partial class {|RH0027:X|} : B { } public partial class X { public bool Equals(X? other) => true; }")]
    [InlineData("[Remote] public record {|RH0027:X|};")]
    public Task What_surprises_is_reported(string source) => AnalyzerTest<ShapeAnalyzer>.RunAsync(source);

    [Theory]
    [InlineData("[Remote] public class X { public Task GoAsync(int b, CancellationToken a, [FromServices] string c) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync(CancellationToken a, params int[] b) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync(CancellationToken a = default) => null!; private void Other(CancellationToken a, int b) { } }")]
    [InlineData("[Remote] public class X { private event EventHandler? A; internal event EventHandler? B; public static event EventHandler? C; public void Go() { A?.Invoke(this, new()); B?.Invoke(this, new()); C?.Invoke(this, new()); } }")]
    [InlineData("[Remote] public class X : System.ComponentModel.INotifyPropertyChanged { public event System.ComponentModel.PropertyChangedEventHandler? PropertyChanged { add { } remove { } } }")]
    [InlineData("public interface I { int this[int i] { get; } } [Remote] public class X : I { public int this[int i] => i; private int this[string i] => 1; }")]
    [InlineData("public class B { public int Field; public event Action? Moved; public virtual int this[int i] => i; void Go() => Moved?.Invoke(); } [Remote] public class X : B { public override int this[int i] => 2; }")]
    [InlineData("[Remote] public class X { private int _a; internal int B; public const int C = 1; public static int D; public int E { get; set; } void Go() => _a = B = 1; }")]
    [InlineData("[Remote] public class X { public int Add(int a) => a; } public class Y { [Remote] public static Task<int> AddAsync(int a) => null!; public static int Add(int a) => a; }")]
    [InlineData("public class Y { [Remote] public static IAsyncEnumerable<int> Count() => null!; [Remote] public static ValueTask<int> Add() => default; [Remote] public static ValueTask Go() => default; }")]
    [InlineData("[Remote] public class X : IDisposable, IAsyncDisposable { public void Dispose() { } public ValueTask DisposeAsync() => default; }")]
    [InlineData("public class B : IAsyncDisposable { public virtual ValueTask DisposeAsync() => default; } [Remote] public class X : B { public override ValueTask DisposeAsync() => default; public Task CloseAsync() => null!; }")]
    [InlineData("[Remote] public class X { public void Dispose(bool all) { } private void Dispose() { } }")]
    [InlineData("[Remote] public class X { public int RemoteCount { get; set; } } public class Y { public int Remote { get; set; } }")]
    [InlineData("[Remote] public class B { } [Remote] public class D : B { } class C { Task Go() => D.RemoteAsync(); object On() => D.Remote; Task Base() => B.RemoteAsync(); object Entry() => BRemoteEntry.Remote; }")]
    [InlineData("public class X { void Go() { [Obsolete] static void Local() { } Action a = [Obsolete] () => { }; } }")]
    [InlineData("public class X { public static Task RemoteAsync() => null!; } public class Y : X { } class C { Task Go() => Y.RemoteAsync(); }")]
    [InlineData("/* RH0027 */ public class B { public Task GoAsync() => null!; } [Remote] public class X : B { } [Remote] public class Y : IDisposable { public void Dispose() { } } [Remote] public record Z(int A);")]
    public Task What_is_as_it_looks_is_not(string source) => AnalyzerTest<ShapeAnalyzer>.RunAsync(source);

    [Theory]
    [InlineData("namespace N { [Remote] public class {|RH0024:X|} { } }")]
    [InlineData("[Remote] public record {|RH0024:X|}(int A);")]
    [InlineData("[Remote] internal class {|RH0024:X|} { [Remote] public static Task GoAsync() => null!; }")]
    [InlineData("public class X { [Remote] public static Task GoAsync() => null!; }")]
    [InlineData("public class X { }")]
    [InlineData("[Remote] public abstract class {|RH0002:X|} { }")]
    public Task An_older_language_has_no_entry_points_on_a_class(string source)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(source, static test => test.SolutionTransforms.Add(static (solution, id)
            => solution.WithProjectParseOptions(id, ((CSharpParseOptions)solution.GetProject(id)!.ParseOptions!).WithLanguageVersion(LanguageVersion.CSharp13))));

    [Fact]
    public Task A_hidden_entry_point_names_the_other_way()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            "[Remote] public class X { public int {|#0:Remote|} { get; set; } }",
            static test => test.ExpectedDiagnostics.Add(
                DiagnosticResult.CompilerWarning("RH0022").WithLocation(0).WithArguments("X.Remote", "'X.Remote'", "'XRemoteEntry.Remote'")));
}
