using Runhouse.Generators.Analyzers.Shape;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Types in signatures that cannot travel.</summary>
public sealed class SerializableTests
{
    private const string Usings = "using System.Text.Json.Serialization; using System.Net.Http; using Microsoft.Extensions.Logging;";

    [Theory]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0030:Type|} a) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0030:Task<Exception>|} GoAsync() => null!; }")]
    [InlineData("public abstract class A { public int N { get; set; } } public static class J { [Remote] public static Task GoAsync({|RH0036:A|} a) => null!; }")]
    [InlineData("public class M : IDisposable { public Func<int> F { get; set; } = null!; public void Dispose() { } } public static class J { [Remote] public static Task GoAsync({|RH0031:M|} m) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0030:IAsyncEnumerable<RemoteRef<int>>|} GoAsync() => null!; }")]
    [InlineData("public record P(RemoteRef<int> R); [Remote] public class X { public Task GoAsync({|RH0030:IAsyncEnumerable<P>|} a, {|RH0030:IProgress<List<RemoteRef<int>>>|} b) => null!; }")]
    [InlineData("public class P { internal class H { } protected class K { } [Remote] public class X { public Task GoAsync({|RH0030:Dictionary<string, Type>|} a) => null!; } }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0031:Action|} a) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0031:Func<int>|} A { get; set; } = null!; }")]
    [InlineData("public delegate void D(); public class X { [Remote] public static Task GoAsync({|RH0031:List<D>|} a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0032:Stream|} a) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0032:MemoryStream|} Go() => null!; }")]
    [InlineData("public class X { [Remote] public static Task GoAsync({|RH0032:TextReader|} a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0033:IntPtr|} a, {|RH0033:nuint|} b) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0033:Microsoft.Win32.SafeHandles.SafeFileHandle|} Go() => null!; }")]
    [InlineData("public unsafe struct S { public int* A; } [Remote] public class X { public Task GoAsync({|RH0033:S|} a) => null!; }")]
    [InlineData("public record R(Task<int> A); [Remote] public class X { public Task GoAsync({|RH0034:R|} a) => null!; }")]
    [InlineData("public record R(CancellationToken A); [Remote] public class X { public Task GoAsync({|RH0034:R|} a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0034:List<IAsyncEnumerable<int>>|} a, {|RH0034:IProgress<int>[]|} b) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0034:Task|} a, {|RH0034:CancellationTokenSource|} b) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0035:object|} a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0035:dynamic|} a) => null!; }")]
    [InlineData("[Remote] public class X { public {|RH0035:Task<Dictionary<string, object>>|} GoAsync() => null!; }")]
    [InlineData("public interface I { } [Remote] public class X { public Task GoAsync({|RH0036:I|} a) => null!; }")]
    [InlineData("public abstract class B { } [Remote] public class X { public {|RH0036:Task<B>|} GoAsync() => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0036:IComparable|} a) => null!; }")]
    [InlineData("public class P { public P(int other) { } } [Remote] public class X { public Task GoAsync({|RH0037:P|} a) => null!; }")]
    [InlineData("public class P { private P() { } } [Remote] public class X { public {|RH0037:P[]|} Go() => null!; }")]
    [InlineData("public class P { public P(long a) { } public int A { get; } } public class X { [Remote] public static Task GoAsync({|RH0037:P|} a) => null!; }")]
    [InlineData("public class P { public int A { get; } } [Remote] public class X { public Task GoAsync({|RH0038:P|} a) => null!; }")]
    [InlineData("public class P { public readonly int A = 1; } [Remote] public class X { public Task GoAsync({|RH0038:P|} a) => null!; }")]
    [InlineData("public class P { public int A { get; private set; } } [Remote] public class X { public {|RH0038:IEnumerable<P>|} Go() => null!; }")]
    [InlineData("public class P { public P? Parent { get; set; } public List<P> Children { get; set; } = []; } [Remote] public class X { public Task GoAsync({|RH0039:P|} a) => null!; }")]
    [InlineData("public class Order { public List<Line> Lines { get; set; } = []; } public class Line { public Order? Order { get; set; } } [Remote] public class X { public Task GoAsync({|RH0039:Order|} a) => null!; }")]
    [InlineData("public class N { public N? Next { get; set; } public N? Previous { get; set; } } [Remote] public class X { public {|RH0039:Task<N>|} GoAsync() => null!; }")]
    [InlineData("public struct S { public decimal A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q; } [Remote] public class X { public Task GoAsync({|RH0040:S|} a) => null!; }")]
    [InlineData("[System.Runtime.CompilerServices.InlineArray(40)] public struct B { private long _a; } public struct S { public B A; } [Remote] public class X { public Task<int> GoAsync({|RH0038:S|} a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0038:Random|} a) => null!; }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0030:System.Text.StringBuilder|} a, {|RH0030:ValueTuple|} b) => null!; }")]
    [InlineData("public class L : List<int> { public int Extra { get; set; } } [Remote] public class X { public Task GoAsync({|RH0038:L|} a) => null!; }")]
    [InlineData("public class E : IEnumerable<int> { private List<int> _items = []; public int A { get; set; } public void Add(int a) => _items.Add(a); public IEnumerator<int> GetEnumerator() => _items.GetEnumerator(); System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator(); } [Remote] public class X { public Task GoAsync({|RH0038:E|} a) => null!; }")]
    [InlineData("public class P { private int _count; public void Add() => _count++; } [Remote] public class X { public Task GoAsync({|RH0038:P|} a) => null!; }")]
    [InlineData("public record struct Id(Guid A, Guid B, Guid C, Guid D); public record struct S(Id A, Id B, Id C, Id D, Id E, decimal Sum); [Remote] public class X { public IAsyncEnumerable<S> Go({|RH0040:List<S>|} a) => null!; }")]
    [InlineData("public struct M { public Guid A, B, C, D; public decimal E, F, G, H; } public struct S { public M A, B, C; } [Remote] public class X { public {|RH0040:Task<S>|} GoAsync() => null!; }")]
    [InlineData("[Remote] public class C(string name) { private string _name = name; public void Go() => _name = \"\"; } [Remote] public class X { public Task GoAsync({|RH0030:C|} a) => null!; public {|RH0030:Task<List<C>>|} AllAsync() => null!; }")]
    [InlineData("[Remote] public class C { public int Count { get; private set; } public void Go() => Count++; } public static class J { [Remote] public static Task GoAsync({|RH0030:C|} a) => null!; }")]
    [InlineData("[Remote] public class C { public int Count { get; set; } } [Remote] public class X { public Task GoAsync({|RH0042:C|} a) => null!; }")]
    [InlineData("[Remote] public class C { public int Count { get; set; } } public record R(C[] All); public static class J { [Remote] public static {|RH0042:Task<R>|} GoAsync() => null!; }")]
    [InlineData("[assembly: Remote<Foreign.C>] namespace Foreign { public class C { public int Count { get; set; } } } namespace Own { [Remote] public class X { public Task GoAsync({|RH0042:Foreign.C|} a) => null!; } }")]
    [InlineData("[Remote] public class X { public Task GoAsync({|RH0030:RemoteObject|} a) => null!; }")]
    public Task A_type_that_cannot_travel_is_reported(string source)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(Usings + source, AllowUnsafe);

    // The generator's own report, and nothing beside it.
    [Fact]
    public Task A_proxy_in_a_signature_is_reported_once()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            "[Remote] public class C { public void Go() { } } [Remote] public class X { public Task GoAsync({|RH0041:CRemote|} a) => null!; public {|RH0041:Task<List<CRemote>>|} AllAsync() => null!; }",
            static test => test.TestBehaviors |= Microsoft.CodeAnalysis.Testing.TestBehaviors.SkipSuppressionCheck);

    [Theory]
    [InlineData("public record R(int A, string? B, List<R> Children, Dictionary<string, R> Named); [Remote] public class X { public Task<R> GoAsync(R a, R? b, R[] c) => null!; }")]
    [InlineData("public class Tree { public Tree? Left { get; set; } public Tree? Right { get; set; } public int Value { get; set; } } [Remote] public class X { public Task<Tree> GoAsync(Tree a) => null!; }")]
    [InlineData("public class Node { public Node? Next { get; set; } } [Remote] public class X { public Task<Node> GoAsync(Node a) => null!; }")]
    [InlineData("public class Expression { public List<Expression> Arguments { get; set; } = []; public Expression? Body { get; set; } } [Remote] public class X { public Task GoAsync(Expression a) => null!; }")]
    [InlineData("public record Child(Child? Parent, int[] Values); public record Family { public Child? Parent { get; init; } public List<Family> All { get; init; } = []; } [Remote] public class X { public Task GoAsync(Child a, Family b) => null!; }")]
    [InlineData("public class Order { public List<Line> Lines { get; set; } = []; } public class Line { [JsonIgnore] public Order? Order { get; set; } public int Count { get; set; } } [Remote] public class X { public Task GoAsync(Order a) => null!; }")]
    [InlineData("[JsonDerivedType(typeof(Cat), \"cat\")] public abstract class Animal { } public class Cat : Animal { public int Lives { get; set; } } [Remote] public class X { public Task GoAsync(Animal a) => null!; }")]
    [InlineData("[JsonDerivedType(typeof(Cat), \"cat\")] public interface IAnimal { } public class Cat : IAnimal { } [Remote] public class X { public Task GoAsync(List<IAnimal> a) => null!; }")]
    [InlineData("public class P(int a) { public int A { get; } = a; public int Twice => A * 2; private Action? _callback; public void Go() => _callback = null; } [Remote] public class X { public Task<P> GoAsync(P a) => null!; }")]
    [InlineData("public class P { public int A { get; init; } [JsonIgnore] public Action? Callback { get; set; } public static Action? Other { get; set; } } [Remote] public class X { public Task<P> GoAsync(P a) => null!; }")]
    [InlineData("[Remote] public class X { public Task<int> GoAsync(IAsyncEnumerable<byte[]> a, IProgress<double> b, CancellationToken c) => null!; public IAsyncEnumerable<string> Lines() => null!; }")]
    [InlineData("[Remote] public class X([FromServices] ILogger<X> logger, [FromServices] HttpClient client) { public void Go() { logger.LogInformation(client.ToString()); } }")]
    [InlineData("public struct S { public double A, B, C, D; public Guid E; } [Remote] public class X { public Task<S> GoAsync(S a, (int A, string B) b, KeyValuePair<string, int> c) => null!; }")]
    [InlineData("public class L : List<int> { public int Twice => Count * 2; [JsonIgnore] public int Cached { get; set; } } public class M : IEnumerable<int> { public int[] Items { get; set; } = []; public IEnumerator<int> GetEnumerator() => Items.AsEnumerable().GetEnumerator(); System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator(); } [Remote] public class X { public Task GoAsync(L a, M b) => null!; }")]
    [InlineData("public class Plain { public Action? Callback { get; set; } public object? Any { get; set; } public Stream? Open { get; set; } public void Go(IntPtr a) { } }")]
    [InlineData("[Remote] public class X { private Task Go(Action a) => null!; internal object? Any { get; set; } public static Stream Open(Func<int> a) => null!; }")]
    [InlineData("[Remote] public class X { public Task<Uri> GoAsync(DateTimeOffset a, TimeSpan b, Guid c, decimal d, Half e, DateOnly f, Version g, int? h, DayOfWeek i, System.Numerics.BigInteger j, ReadOnlyMemory<float> k, HashSet<int> l) => null!; }")]
    [InlineData("[Remote] public class C { public int Count { get; set; } } [Remote] public class X { public Task<RemoteRef<C>> MakeAsync() => null!; public Task<int> UseAsync(RemoteRef<C> a, string name) => null!; }")]
    public Task A_type_that_can_is_not(string source)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(Usings + source);

    [Theory]
    [InlineData("public interface IClock { } [Remote] public class X(IClock {|RH0020:clock|}) { private readonly IClock _clock = clock; }")]
    [InlineData("[Remote] public class X { public X(HttpClient {|RH0020:client|}, int size) { } }")]
    [InlineData("public sealed class Db : IDisposable { public Db(string connection) { } public void Dispose() { } } [Remote] public class X { public X(Db {|RH0020:db|}) { } }")]
    [InlineData("public interface IClock { } public class X { [Remote] public static Task GoAsync(IClock {|RH0020:clock|}) => null!; }")]
    [InlineData("public interface IClock { } [Remote] public class X { public X([FromServices] IClock clock) { } }")]
    [InlineData("[Remote] public class X { public X(IReadOnlyList<int> numbers, IDictionary<string, int> map) { } }")]
    [InlineData("[Remote] public class X { public X({|RH0031:Action|} callback, {|RH0032:Stream|} input) { } }")]
    [InlineData("public interface I { } [Remote] public class X { public Task GoAsync({|RH0036:I|} a) => null!; }")]
    public Task A_service_without_its_attribute_is_told_from_data(string source) => AnalyzerTest<ShapeAnalyzer>.RunAsync(Usings + source);

    [Theory]
    [InlineData("Random", "a: Random", "")]
    [InlineData("System.Globalization.CultureInfo", "a: CultureInfo", "its Calendar cannot be given back to it; ")]
    [InlineData("System.Threading.ThreadLocal<int>", "a: ThreadLocal<int>", "its IsValueCreated cannot be given back to it; ")]
    public Task Nobody_is_told_to_edit_a_type_of_another_assembly(string type, string what, string why)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            $"[Remote] public class X {{ public void Go({{|#0:{type}|}} a) {{ }} }}",
            test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0038").WithLocation(0).WithArguments(
                "X.Go", what, why + "it is another assembly's, so send what it is made from, such as a name or a text, and make it there")));

    [Fact]
    public Task Whoever_sends_a_remote_object_is_told_to_send_its_name()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            """
            [Remote] public class Counter(string unit) { public string Text { get; private set; } = unit; public void Go() => Text = ""; }
            [Remote] public class Report { public Task PrintAsync({|#0:List<Counter>|} counters) => null!; }
            """,
            static test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0030").WithLocation(0)
                .WithArguments("Report.PrintAsync", "counters[]: Counter", "an object of a remote class stays in its worker: pass its name, and attach to it there")));

    [Fact]
    public Task The_message_has_the_path_and_the_member_at_fault_a_place_of_its_own()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(
            """
            public record TrainConfig(Optimizer Optimizer);
            public class Optimizer { public Action? {|#1:Callback|} { get; set; } }
            [Remote] public class FineTuner { public Task TrainAsync({|#0:List<TrainConfig>|} configs) => null!; }
            """,
            static test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0031").WithLocation(0).WithLocation(1)
                .WithArguments("FineTuner.TrainAsync", "TrainConfig.Optimizer.Callback: Action", "")));

    [Fact]
    public Task A_property_is_reported_once_for_reading_and_writing()
        => AnalyzerTest<ShapeAnalyzer>.RunAsync("[Remote] public class X { public {|RH0031:Action?|} Callback { get; set; } }");

    private static void AllowUnsafe(AnalyzerTest<ShapeAnalyzer> test) => test.SolutionTransforms.Add(static (solution, id)
        => solution.WithProjectCompilationOptions(id, ((Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions)solution.GetProject(id)!.CompilationOptions!).WithAllowUnsafe(true)));
}
