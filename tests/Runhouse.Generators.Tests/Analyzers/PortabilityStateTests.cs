using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>State that stays in one process: RH0120 to RH0122.</summary>
public sealed class PortabilityStateTests
{
    [Theory]
    [InlineData("{|RH0120:_count|}++;")]
    [InlineData("{|RH0120:_count|} = 3;")]
    [InlineData("{|RH0120:_count|} += 3;")]
    [InlineData("{|RH0120:Total|} = 1;")]
    [InlineData("{|RH0120:Total|}++;")]
    [InlineData("Interlocked.Increment(ref {|RH0120:_count|});")]
    [InlineData("int.TryParse(\"1\", out {|RH0120:_count|});")]
    [InlineData("({|RH0120:_count|}, {|RH0120:_name|}) = (1, \"a\");")]
    [InlineData("{|RH0120:_point|}.X = 1;")]
    [InlineData("Action later = () => {|RH0120:_count|}--;")]
    [InlineData("if (_count < 10) {|RH0120:_count|} = 10;")]
    [InlineData("if (name is null) {|RH0120:_name|} = \"a\";")]
    [InlineData("new Helper().Add();", "{|RH0120:_count|}++")]
    public Task A_change_of_static_state_is_reported(string statement, string helper = "") => AnalyzerTest<PortabilityAnalyzer>.RunAsync(Code(statement, helper));

    [Theory]
    [InlineData("_ = _count + Total;")]
    [InlineData("Cache.GetOrAdd(name, static key => key.Length);")]
    [InlineData("Cache[name] = 1; List.Add(1);")]
    [InlineData("_name ??= \"a\";")]
    [InlineData("if (_name == null) _name = \"a\";")]
    [InlineData("if (_name is null) { lock (Cache) { _name ??= \"a\"; } }")]
    [InlineData("if (!_ready) { _name = \"a\"; _ready = true; }")]
    [InlineData("if (_ready) return Task.CompletedTask; _name = \"a\"; _ready = true;")]
    [InlineData("Interlocked.CompareExchange(ref _name, \"a\", null);")]
    [InlineData("LazyInitializer.EnsureInitialized(ref _name, () => \"a\");")]
    [InlineData("_ = Volatile.Read(ref _count);")]
    [InlineData("_buffer ??= new byte[8]; _buffer[0]++;")]
    [InlineData("_buffer = new byte[8];")]
    [InlineData("int local = 1; local++; new Box().Value++;")]
    [InlineData("_ = Prepared.Sum;")]
    public Task Reads_caches_and_lazy_values_are_not(string statement) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(Code(statement));

    [Fact]
    public Task Changes_in_the_caller_alone_are_not() => AnalyzerTest<PortabilityAnalyzer>.RunAsync(Code("") + "class Main { static int _n; static void Go() { _n++; } }");

    [Theory]
    [InlineData("static string _url = \"a\"; [Remote] public static Task A() { _ = {|RH0121:_url|}; return null!; } public static void Main() => _url = \"b\";")]
    [InlineData("public static int Size { get; set; } = 1; [Remote] public static Task A() { _ = {|RH0121:Size|} + 1; return null!; } public static void Use(int size) { Size = size; }")]
    [InlineData("internal static bool On; [Remote] public static Task A() => B(); static Task B() { if ({|RH0121:On|}) Console.WriteLine(); return null!; } public void Set() { On = true; }")]
    [InlineData("static string _url = \"a\"; [Remote] public static Task A() { Func<string> f = () => {|RH0121:_url|}; return null!; } public static void Set(out string old) { old = _url; _url = \"b\"; }")]
    public Task State_that_only_the_caller_sets_is_reported(string members) => AnalyzerTest<PortabilityAnalyzer>.RunAsync($"public class W {{ {members} }}");

    [Theory]
    [InlineData("static string _url = \"a\"; [Remote] public static Task A() { _ = _url; return null!; }")]
    [InlineData("static string _url; static W() { _url = \"a\"; } [Remote] public static Task A() { _ = _url; return null!; }")]
    [InlineData("static string? _url; static string Url => _url ??= \"a\"; [Remote] public static Task A() { _ = Url; return null!; } public static void Reset() => _url = null;")]
    [InlineData("static string _url = \"a\"; public static void Main() { _url = \"b\"; _ = _url; } [Remote] public static Task A() => null!;")]
    [InlineData("static readonly string Url = \"a\"; [Remote] public static Task A() { _ = Url; return null!; }")]
    [InlineData("const string Url = \"a\"; [Remote] public static Task A() { _ = Url; return null!; }")]
    public Task State_that_is_the_same_in_every_process_is_not(string members) => AnalyzerTest<PortabilityAnalyzer>.RunAsync($"public class W {{ {members} }}");

    [Theory]
    [InlineData("static readonly AsyncLocal<string> User = new(); [Remote] public static Task A() { _ = {|RH0122:User.Value|}; return null!; } public static void Main() => User.Value = \"a\";")]
    [InlineData("[ThreadStatic] static string? _user; [Remote] public static Task A() { _ = {|RH0122:_user|}; return null!; } public static void Main() => _user = \"a\";")]
    [InlineData("static readonly ThreadLocal<string> User = new(); [Remote] public static Task A() { _ = {|RH0122:User.Value|}; return null!; } public static void Main() => User.Value = \"a\";")]
    [InlineData("static AsyncLocal<int> Depth { get; } = new(); static int Now { get => {|RH0122:Depth.Value|}; set => Depth.Value = value; } [Remote] public static Task A() { _ = Now; return null!; } public static void Main() => Now = 1;")]
    public Task An_ambient_value_of_the_caller_is_reported(string members) => AnalyzerTest<PortabilityAnalyzer>.RunAsync($"public class W {{ {members} }}");

    [Theory]
    [InlineData("static readonly AsyncLocal<string> User = new(); [Remote] public static Task A() { User.Value = \"a\"; return B(); } static Task B() { _ = User.Value; return null!; } public static void Main() => User.Value = \"a\";")]
    [InlineData("[ThreadStatic] static byte[]? _buffer; [Remote] public static Task A() { _buffer ??= new byte[4]; _ = _buffer[0]; return null!; }")]
    [InlineData("static readonly ThreadLocal<byte[]> Buffer = new(() => new byte[4]); [Remote] public static Task A() { _ = Buffer.Value; return null!; } public static void Main() => Buffer.Value = [];")]
    [InlineData("static readonly AsyncLocal<string> User = new(); public static void Main() { User.Value = \"a\"; _ = User.Value; } [Remote] public static Task A() => null!;")]
    public Task An_ambient_value_of_the_worker_is_not(string members) => AnalyzerTest<PortabilityAnalyzer>.RunAsync($"public class W {{ {members} }}");

    private static string Code(string statement, string helper = "") => $$"""
        public struct Point { public int X; }
        public sealed class Box { public int Value; }
        public static class Prepared { public static readonly int Sum = Fill(); private static int Fill() => 1; }

        public class W
        {
            private static int _count;
            private static string? _name;
            private static bool _ready;
            private static Point _point;
            [ThreadStatic] private static byte[]? _buffer;
            private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> Cache = new();
            private static readonly List<int> List = [];
            private static int Total { get; set; }

            [Remote]
            public static Task RunAsync(string name)
            {
                {{statement}}
                return Task.CompletedTask;
            }

            private sealed class Helper { public void Add() { {{helper}}; } }
        }
        """;
}
