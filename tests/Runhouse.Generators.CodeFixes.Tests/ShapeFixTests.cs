using Runhouse.Generators.Analyzers.Shape;
using Runhouse.Generators.CodeFixes.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests;

/// <summary>The fixes of the shape and serializable rules, before and after.</summary>
public sealed class ShapeFixTests
{
    [Theory]
    [InlineData(
        "public class O { [Remote] private static Task {|RH0001:GoAsync|}() => null!; }",
        "public class O { [Remote] internal static Task GoAsync() => null!; }")]
    [InlineData(
        "public class O { [Remote] protected class {|RH0001:X|} { public void Go() { } } }",
        "public class O { [Remote] internal class X { public void Go() { } } }")]
    public Task Inaccessible_code_becomes_internal(string before, string after) => CodeFixTest<ShapeAnalyzer, AccessibilityFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "[Remote] public class X { public int {|RH0016:Count|}; public readonly string {|RH0016:Name|} = \"n\"; }",
        "[Remote] public class X { public int Count { get; set; } public string Name { get; } = \"n\"; }")]
    public Task A_field_becomes_a_property(string before, string after) => CodeFixTest<ShapeAnalyzer, PublicFieldFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "public class X { [Remote] public static int {|RH0017:Add|}(int a) => a + 1; }",
        "public class X { [Remote] public static Task<int> AddAsync(int a) => Task.FromResult(a + 1); }")]
    [InlineData(
        """
        public class X
        {
            [Remote]
            public static void {|RH0017:GoAsync|}(int a)
            {
                Func<int> run = () => { return a; };
                if (run() > 1)
                    return;
                Console.WriteLine();
            }
        }
        """,
        """
        public class X
        {
            [Remote]
            public static Task GoAsync(int a)
            {
                Func<int> run = () => { return a; };
                if (run() > 1)
                    return Task.CompletedTask;
                Console.WriteLine();
                return Task.CompletedTask;
            }
        }
        """)]
    public Task A_synchronous_function_returns_a_task(string before, string after) => CodeFixTest<ShapeAnalyzer, AsynchronousFunctionFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "[Remote] public class X { public async void {|RH0018:Go|}() => await Task.Yield(); public async void {|RH0018:Stop|}() => await Task.Yield(); }",
        "[Remote] public class X { public async Task Go() => await Task.Yield(); public async Task Stop() => await Task.Yield(); }")]
    public Task Async_void_becomes_async_task(string before, string after) => CodeFixTest<ShapeAnalyzer, AsyncVoidFix>.RunAsync(before, after);

    [Theory]
    [InlineData("[Remote({|RH0019:Concurrency = -1|})] public class X { public void Go() { } }", "[Remote] public class X { public void Go() { } }")]
    [InlineData("[Remote(Cpus = \"2\", {|RH0019:Concurrency = -1|})] public class X { public void Go() { } }", "[Remote(Cpus = \"2\")] public class X { public void Go() { } }")]
    [InlineData("[Remote({|RH0019:Retries = -2|}, Idempotent = true)] public class X { public void Go() { } }", "[Remote(Idempotent = true)] public class X { public void Go() { } }")]
    public Task A_negative_limit_is_taken_away(string before, string after) => CodeFixTest<ShapeAnalyzer, NegativeNumberFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "[Remote] public class X { public X(int a, IFormatProvider {|RH0020:b|}, IServiceProvider {|RH0020:c|}) { } public void Go() { } }",
        "[Remote] public class X { public X(int a, [FromServices] IFormatProvider b, [FromServices] IServiceProvider c) { } public void Go() { } }")]
    public Task A_service_is_marked(string before, string after) => CodeFixTest<ShapeAnalyzer, FromServicesFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "[Remote]\npublic class X\n{\n    public void {|RH0021:Dispose|}() { }\n}",
        "[Remote]\npublic class X : IDisposable\n{\n    public void Dispose() { }\n}")]
    [InlineData(
        "[Remote]\npublic class X : ICloneable\n{\n    public ValueTask {|RH0021:DisposeAsync|}() => default;\n    object ICloneable.Clone() => this;\n}",
        "[Remote]\npublic class X : ICloneable, IAsyncDisposable\n{\n    public ValueTask DisposeAsync() => default;\n    object ICloneable.Clone() => this;\n}")]
    public Task Disposal_is_declared(string before, string after) => CodeFixTest<ShapeAnalyzer, DisposalFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "[Remote] public class X { public Task GoAsync({|RH0032:Stream|} a) => null!; public {|RH0032:Task<Stream>|} OpenAsync() => null!; }",
        "[Remote] public class X { public Task GoAsync(IAsyncEnumerable<byte[]> a) => null!; public IAsyncEnumerable<byte[]> OpenAsync() => null!; }")]
    public Task A_stream_becomes_a_stream_of_arrays(string before, string after) => CodeFixTest<ShapeAnalyzer, StreamFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        "public class P { public int A { get; } } [Remote] public class X { public Task GoAsync({|RH0038:P|} a) => null!; }",
        "public class P { public int A { get; init; } } [Remote] public class X { public Task GoAsync(P a) => null!; }")]
    public Task A_value_that_would_be_lost_can_be_set(string before, string after) => CodeFixTest<ShapeAnalyzer, InitAccessorFix>.RunAsync(before, after);

    [Theory]
    [InlineData(
        """
        using System.Text.Json.Serialization;
        public class Node
        {
            public List<Node> Children { get; set; } = [];

            public Node? Parent { get; set; }
        }
        [Remote] public class X { public Task GoAsync({|RH0039:Node|} a) => null!; }
        """,
        """
        using System.Text.Json.Serialization;
        public class Node
        {
            public List<Node> Children { get; set; } = [];

            [JsonIgnore]
            public Node? Parent { get; set; }
        }
        [Remote] public class X { public Task GoAsync(Node a) => null!; }
        """)]
    public Task A_back_reference_is_left_out(string before, string after) => CodeFixTest<ShapeAnalyzer, IgnoreBackReferenceFix>.RunAsync(before, after);
}
