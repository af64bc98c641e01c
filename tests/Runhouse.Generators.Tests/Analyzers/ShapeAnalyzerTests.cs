using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Analyzers.Shape;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Remote code that has no remote form.</summary>
public sealed class ShapeAnalyzerTests
{
    [Theory]
    [InlineData("public class O { [Remote] private class {|RH0001:X|} { } }")]
    [InlineData("[Remote] file class {|RH0001:X|} { }")]
    [InlineData("public class O { [Remote] private static Task {|RH0001:Go|}() => null!; }")]
    [InlineData("[Remote] public abstract class {|RH0002:X|} { }")]
    [InlineData("[Remote] public static class {|RH0002:X|} { }")]
    [InlineData("[Remote] public abstract record {|RH0002:X|};")]
    [InlineData("[Remote] public class {|RH0002:X|} { private X() { } public Task GoAsync() => null!; }")]
    [InlineData("[Remote] public class {|RH0002:X|} { internal X(int a) { } [Remote] public static Task GoAsync() => null!; }")]
    [InlineData("[Remote] public record {|RH0002:X|} { private X(int a) => A = a; public int A { get; } public static X Make() => new(1); }")]
    [InlineData("[assembly: {|RH0002:Remote<System.IO.Compression.ZipArchiveEntry>|}]")]
    [InlineData("[Remote] public class {|RH0003:X|}<T> { }")]
    [InlineData("[Remote] public class X { public void {|RH0003:Go|}<T>() { } }")]
    [InlineData("public class O<T> { [Remote] public class {|RH0003:X|} { } }")]
    [InlineData("public class O<T> { [Remote] public static Task {|RH0003:Go|}() => null!; }")]
    [InlineData("[Remote] public class X { public void Go(ref int {|RH0004:a|}) { } }")]
    [InlineData("[Remote] public class X { public void Go(out int {|RH0004:a|}) => a = 1; }")]
    [InlineData("[Remote] public class X { public X(in int {|RH0004:a|}) { } }")]
    [InlineData("[Remote] public class X { public void Go(Span<int> {|RH0004:a|}) { } }")]
    [InlineData("[Remote] public class X { public unsafe void Go(int* {|RH0004:a|}) { } }")]
    [InlineData("[Remote] public class X { public void {|RH0005:Go|}(CancellationToken a, CancellationToken b) { } }")]
    [InlineData("[Remote] public class X { public {|RH0005:X|}(CancellationToken a, CancellationToken b) { } }")]
    [InlineData("public class X { [Remote] public static Task {|RH0005:Go|}(CancellationToken a, CancellationToken b) => null!; }")]
    [InlineData("[Remote] public class X { public Task<IAsyncEnumerable<int>> {|RH0006:Go|}() => null!; }")]
    [InlineData("[Remote] public class X { public Task<Task<int>> {|RH0006:Go|}() => null!; }")]
    [InlineData("[Remote] public class X { int _a; public ref int {|RH0006:Go|}() => ref _a; }")]
    [InlineData("[Remote] public class X { public X([FromServices] string a) { } public {|RH0008:X|}() { } }")]
    [InlineData("[Remote] public class X { public X(int a) { } public {|RH0008:X|}(int a, CancellationToken token) { } }")]
    [InlineData("[Remote] public class X { public X() { } public {|RH0008:X|}([FromServices] string a, [FromServices] Uri b) { } }")]
    [InlineData("[Remote] public class X { public int Add(int a) => a; public Task<int> {|RH0009:AddAsync|}(int a) => null!; }")]
    [InlineData("[Remote] public class X { public int A { get; set; } public Task<int> {|RH0009:GetAAsync|}() => null!; }")]
    [InlineData("public class X { [Remote] public static Task AddAsync(int a) => null!; [Remote] public static Task {|RH0009:AddAsync|}(int a, CancellationToken token) => null!; }")]
    [InlineData("[Remote] public class {|RH0010:X|} { public required int A { get; set; } }")]
    [InlineData("public class B { public required int A { get; set; } } [Remote] public class {|RH0010:X|} : B { }")]
    [InlineData("[Remote] public class {|RH0010:X|} { public required int A { get; init; } public X(string b) { } }")]
    [InlineData("public class X { [Remote] public void {|RH0011:Go|}() { } }")]
    [InlineData("public record X { [Remote] public Task {|RH0011:GoAsync|}() => null!; }")]
    [InlineData("public class B { [Remote(Cpus = \"2\")] public virtual Task {|RH0011:GoAsync|}() => null!; }")]
    [InlineData("[assembly: {|RH0012:RemoteStartup(typeof(S))|}] public class S { }")]
    [InlineData("[assembly: {|RH0012:RemoteStartup(typeof(S))|}] public class S { public void ConfigureServices() { } }")]
    [InlineData("[assembly: {|RH0012:RemoteStartup(typeof(S))|}] public abstract class S { public void ConfigureServices(Microsoft.Extensions.DependencyInjection.IServiceCollection services) { } }")]
    [InlineData("[assembly: {|RH0002:Remote<S>|}] public abstract class S { }")]
    [InlineData("[Remote] public class X { public async void {|RH0018:Go|}() => await Task.Yield(); }")]
    [InlineData("[Remote] public class X { public async void {|RH0018:GoAsync|}(int a) { await Task.Yield(); } }")]
    [InlineData("public class X { [Remote] public static async void {|RH0018:Go|}() => await Task.Yield(); }")]
    [InlineData("[Remote({|RH0019:Concurrency = -1|})] public class X { }")]
    [InlineData("public class X { [Remote({|RH0019:Concurrency = -4|}, Cpus = \"2\")] public static Task GoAsync() => null!; }")]
    [InlineData("[Remote] public class X { [Remote({|RH0019:Concurrency = int.MinValue|})] public Task GoAsync() => null!; }")]
    [InlineData("public class X { [Remote({|RH0019:Retries = -1|}, Idempotent = true)] public static Task GoAsync() => null!; }")]
    [InlineData("public class X { [Remote({|RH0028:Retries = 3|})] public static Task GoAsync() => null!; }")]
    [InlineData("[Remote({|RH0028:Retries = 3|})] public class X { [Remote({|RH0028:Retries = 1|})] public Task GoAsync() => null!; }")]
    [InlineData("public class X { [Remote] public static Task {|RH0026:Remote|}() => null!; }")]
    [InlineData("public class X { [Remote] public static Task<int> {|RH0026:Default|}(int a) => null!; }")]
    [InlineData("[Remote] public class X { public Task {|RH0026:Methods|}() => null!; public Task {|RH0026:Target|}(int a) => null!; }")]
    [InlineData("public class X { [Remote] public static Task {|RH0026:_placement|}() => null!; [Remote] public static Task GoAsync(int {|RH0026:__call|}) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync() => null!; [Remote] public static Task {|RH0026:AttachAsync|}(string a) => null!; }")]
    [InlineData("[Remote] public class X { public X(int a, CancellationToken b = default) { } public Task GoAsync() => null!; [Remote] public static Task {|RH0026:CreateAsync|}(int b) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync() => null!; [Remote] public static Task AttachAsync(int a) => null!; [Remote] public static Task CreateAsync(string a) => null!; }")]
    [InlineData("public static class X { [Remote] public static Task AttachAsync(string a) => null!; [Remote] public static Task CreateAsync() => null!; }")]
    [InlineData("[Remote] public class X { public Task {|RH0026:DeleteAsync|}() => null!; }")]
    [InlineData("[Remote] public class X { public void {|RH0026:Delete|}() { } public Task<int> {|RH0026:DeleteAsync|}(int a = 1, params int[] b) => null!; }")]
    [InlineData("[Remote] public class X { public Task<bool> {|RH0026:DeleteAsync|}(CancellationToken a) => null!; public ValueTask {|RH0026:DisposeAsync|}(bool all = true) => default; }")]
    [InlineData("[Remote] public class X : IAsyncDisposable { public ValueTask DisposeAsync() => default; public void {|RH0026:Dispose|}(CancellationToken a) { } }")]
    [InlineData("[Remote] public class X { public Task<string> {|RH0026:RemoteName|}(int a) => null!; }")]
    [InlineData("public class B { public virtual Task {|RH0026:DeleteAsync|}([FromServices] Uri a) => null!; } [Remote] public class X : B { }")]
    [InlineData("[Remote] public class X { public int A { get; set; } public Task {|RH0026:FetchAsync|}() => null!; }")]
    [InlineData("[Remote] public class X { public int A { get; set; } public Task {|RH0026:FetchAsync|}(int a = 1) => null!; }")]
    [InlineData("[Remote] public class X { public int {|RH0026:Fetch|}() => 1; public int A { get; set; } }")]
    [InlineData("[assembly: {|RH0026:Remote<FileInfo>|}]")]
    [InlineData("[Remote] public class X { public int A { get; set; } public Task<int> {|RH0009:GetAAsync|}(int a = 1) => null!; }")]
    [InlineData("[Remote, Obsolete(\"No.\", true)] public class {|RH0025:X|} { }")]
    [InlineData("[Obsolete(\"No.\", true)] public static class X { [Remote] public static Task {|RH0025:GoAsync|}() => null!; }")]
    public Task Code_that_has_no_remote_form_is_reported(string source) => AnalyzerTest<ShapeAnalyzer>.RunAsync(source, AllowUnsafe);

    [Theory]
    [InlineData("[Remote] internal class X { } public class O { [Remote] internal class Y { } }")]
    [InlineData("public class O { [Remote] internal static Task GoAsync() => null!; protected internal static void Other() { } }")]
    [InlineData("public abstract class B { public Task GoAsync() => null!; } [Remote] public sealed class X : B { }")]
    [InlineData("public class L<T> { } [Remote] public class X : L<int> { public Task<int> GoAsync(List<int> a) => null!; }")]
    [InlineData("[assembly: Remote<L<int>>] public class L<T> { public Task<T> GoAsync(T a) => null!; }")]
    [InlineData("[Remote] public class X { private void Go(ref int a) { } internal void Go(Span<int> a) { } public static void Other(out int a) => a = 1; }")]
    [InlineData("[Remote] public class X { public Task GoAsync(CancellationToken a) => null!; public Task GoAsync(int a, CancellationToken b = default) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync() => null!; public Task GoAsync(CancellationToken a) => null!; }")]
    [InlineData("[Remote] public class X { public X() { } public X(int a) { } internal X([FromServices] string b) { } }")]
    [InlineData("[Remote] public class X { public int Add(int a) => a; public Task<int> AddAsync(long a) => null!; }")]
    [InlineData("public class X { [Remote] public static Task AddAsync(int a) => null!; public static int Add(int a) => a; [Remote] public static Task AddAsync(string a) => null!; }")]
    [InlineData("[Remote] public class X { [System.Diagnostics.CodeAnalysis.SetsRequiredMembers] public X(int a) => A = a; public required int A { get; set; } }")]
    [InlineData("[Remote] public class X { [Remote(Concurrency = 1)] public Task GoAsync() => null!; }")]
    [InlineData("public class X { [Remote(Retries = 3, Idempotent = true)] public static Task GoAsync() => null!; [Remote(Retries = 0)] public static Task StopAsync() => null!; }")]
    [InlineData("[Remote(Idempotent = true)] public class X { [Remote(Retries = 3)] public Task GoAsync() => null!; }")]
    [InlineData("[Remote(Concurrency = 0)] public class X { [Remote(Concurrency = 8)] public Task GoAsync() => null!; }")]
    [InlineData("[assembly: RemoteStartup(typeof(S))] public class S { public void ConfigureServices(Microsoft.Extensions.DependencyInjection.IServiceCollection services) { } }")]
    [InlineData("[assembly: RemoteStartup(typeof(S))] public static class S { public static void ConfigureServices(Microsoft.Extensions.DependencyInjection.IServiceCollection services) { } }")]
    [InlineData("[Remote] public class X { private async void Go() => await Task.Yield(); public async Task GoAsync() { Go(); await Task.Yield(); } public void Stop() { } }")]
    [InlineData("public class X { public event EventHandler? Moved; public int Field; public int this[int i] => i; public void Dispose() { } public async void Go(Action a) => await Task.Yield(); }")]
    [InlineData("[Remote] public class X { public void Methods() { } public Task TargetAsync() => null!; public Task Default() => null!; public int Target { get; set; } }")]
    [InlineData("public class X { [Remote] public static Task DefaultAsync() => null!; [Remote] public static Task Target() => null!; public static int Default => 1; }")]
    [InlineData("[Remote] public class X { public static Task Methods() => null!; internal Task Target() => null!; }")]
    [InlineData("[Remote] public class X { public Task DeleteAsync(int a) => null!; public void Delete(string a, CancellationToken b) { } internal Task DeleteAsync() => null!; public static Task DeleteAsync(long a = 1) => null!; }")]
    [InlineData("[Remote] public class X : IAsyncDisposable { public ValueTask DisposeAsync() => default; public void Dispose(bool all) { } public string RemoteName { get; set; } = \"\"; public int Delete { get; set; } }")]
    [InlineData("[Remote] public class X { public Task<int> FetchAsync() => null!; public Task<string> RemoteNameAsync() => null!; }")]
    [InlineData("[Remote] public class X { public int A { get; set; } public Task FetchAsync(int a) => null!; public Task<int> GetAAsync(int a) => null!; public Task SetAAsync(string a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync() => null!; } public class XRemotes { } public class XRemote<T> { } public static class O { public class XRemote { } }")]
    [InlineData("public static class Y { [Remote] public static Task GoAsync(int call, int _call) => null!; } namespace Other { public class YPlacement { } }")]
    [InlineData("[Remote, Obsolete] public class X { [Obsolete(\"No.\", true)] public Task GoAsync() => null!; public Task RunAsync() => null!; }")]
    public Task Ordinary_code_is_not(string source) => AnalyzerTest<ShapeAnalyzer>.RunAsync(source, AllowUnsafe);

    [Fact]
    public Task Both_members_that_look_the_same_are_named()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            "[Remote] public class X { public int {|#1:Add|}(int a) => a; public Task<int> {|#0:AddAsync|}(int a) => null!; }",
            static test => test.ExpectedDiagnostics.Add(
                DiagnosticResult.CompilerError("RH0009").WithLocation(0).WithLocation(1).WithArguments("X.AddAsync", "X.Add", "AddAsync")));

    [Theory]
    [InlineData("[Remote] public class X { } public class {|RH0026:XRemote|} { } public struct {|RH0026:XPlacement|} { }")]
    [InlineData("public static class X { [Remote] public static Task GoAsync() => null!; } public interface {|RH0026:XRemoteEntry|} { } public enum {|RH0026:XRemoteExtensions|} { }")]
    [InlineData("public class O { [Remote] public class X { } } public static partial class {|RH0026:OXRemoteEntry|} { }")]
    public Task A_type_in_the_place_of_a_generated_one_is_reported_beside_what_the_compiler_says(string source)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(source, static test => test.CompilerDiagnostics = Microsoft.CodeAnalysis.Testing.CompilerDiagnostics.None);

    [Theory]
    [InlineData("[Remote] public class {|#0:X|}<T> { }", "X<T>", "close it with [assembly: Remote<X<T>>] and real types")]
    [InlineData("public class O<T> { [Remote] public static Task {|#0:GoAsync|}() => null!; }", "O<T>.GoAsync", "move it to a type without type parameters")]
    [InlineData("public class O { [Remote] public static Task {|#0:GoAsync|}<T>() => null!; }", "O.GoAsync", "write one method for each type that it is called with")]
    public Task Generic_code_is_told_what_to_do(string source, string name, string remedy)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            source, test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0003").WithLocation(0).WithArguments(name, remedy)));

    [Fact]
    public Task A_pragma_silences_a_rule()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync("#pragma warning disable RH0004\n[Remote] public class X { public void Go(ref int a) { } }\n#pragma warning restore RH0004");

    private static void AllowUnsafe(AnalyzerTest<ShapeAnalyzer> test) => test.SolutionTransforms.Add(static (solution, id)
        => solution.WithProjectCompilationOptions(id, ((CSharpCompilationOptions)solution.GetProject(id)!.CompilationOptions!).WithAllowUnsafe(true)));
}
