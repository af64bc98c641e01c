using CallSiteTest = Runhouse.Generators.Tests.Infrastructure.AnalyzerTest<Runhouse.Generators.Analyzers.CallSites.CallSiteAnalyzer>;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Remote calls in loops.</summary>
public sealed class LoopCallTests
{
    private const string Remote = """
        public record Item(string Name) { public int Score { get; set; } public Item? Next { get; set; } }

        public static class Jobs
        {
            [Remote] public static Task<int> DoubleAsync(int value) => Task.FromResult(2 * value);
            [Remote] public static ValueTask<int[]> SplitAsync(string text) => default;
            [Remote] public static Task GoAsync(string name) => Task.CompletedTask;
            [Remote] public static Task<bool> IsReadyAsync(int value) => Task.FromResult(true);
            public static Task<int> LocalAsync(int value) => Task.FromResult(value);
        }

        [Remote]
        public class Counter
        {
            public Task<int> AddAsync(int number) => Task.FromResult(number);
        }
        """;

    [Theory]
    [InlineData("async Task M(int[] a) { int sum = 0; foreach (int i in a) sum += await {|RH0206:Jobs.DoubleAsync(i)|}; }")]
    [InlineData("async Task M(List<int> to) { for (int i = 0; i < 9; i++) to.Add(await {|RH0206:Jobs.DoubleAsync(i + 1)|}); }")]
    [InlineData("async Task M(int[] a, int[] to) { for (int i = 0; i < a.Length; i++) to[i] = await {|RH0206:Jobs.Remote.DoubleAsync(a[i])|}.ConfigureAwait(false); }")]
    [InlineData("async Task M(string[] a) { foreach (string one in a) { string name = one.Trim(); int[] parts = await {|RH0206:Jobs.SplitAsync(name)|}; Console.WriteLine($\"{name}: {parts.Length}\"); } }")]
    [InlineData("async Task M(Item[] a) { foreach (Item one in a) { if (one.Score > 1) continue; one.Score = await {|RH0206:Jobs.DoubleAsync(one.Name.Length)|}; } }")]
    [InlineData("async Task M(int[] a, Dictionary<int, int> to) { foreach (int i in a) { int half = await {|RH0206:Jobs.DoubleAsync(i)|}; to[i] = await Jobs.DoubleAsync(half); } }")]
    [InlineData("async Task M(int[] a) { foreach (int i in a) Console.WriteLine(await Jobs.DoubleAsync(await {|RH0206:Jobs.DoubleAsync(i)|})); }")]
    [InlineData("async Task M(int[][] a) { foreach (int[] b in a) { int sum = 0; foreach (int i in b) sum += await {|RH0206:Jobs.DoubleAsync(i)|}; Console.WriteLine(sum); } }")]
    [InlineData("async Task M(int[] a) { while (true) { foreach (int i in a) { try { Console.WriteLine(await {|RH0206:Jobs.DoubleAsync(i)|}); } catch (RemoteException e) { Console.WriteLine(e.Message); } } await Task.Delay(1); } }")]
    [InlineData("async Task M(int[] a) { int next = 0; foreach (int i in a) { if (await {|RH0206:Jobs.IsReadyAsync(i)|}) next++; } }")]
    [InlineData("async Task M(int n, List<Item> to) { for (int i = 0; i < n; i++) { var made = new Item(\"a\") { Score = await {|RH0206:Jobs.DoubleAsync(i)|} }; to.Add(made); } }")]
    public Task Calls_that_need_nothing_of_each_other_are_reported(string member) => CallSiteTest.RunAsync(Code(member));

    [Theory]
    [InlineData("async Task M() { int last = 1; for (int i = 0; i < 9; i++) last = await Jobs.DoubleAsync(last + i); }")]
    [InlineData("async Task M(int[] a) { int sum = 0; foreach (int i in a) sum += await Jobs.DoubleAsync(i + sum); }")]
    [InlineData("async Task M(List<int> to) { for (int i = 0; i < to.Count; i++) to.Add(await Jobs.DoubleAsync(to[i])); }")]
    [InlineData("async Task M(Queue<int> to) { for (int i = 0; i < 9; i++) { int at = to.Dequeue(); to.Enqueue(await Jobs.DoubleAsync(at)); } }")]
    [InlineData("async Task M(int[] a) { for (int i = 1; i < a.Length; i++) a[i] = await Jobs.DoubleAsync(a[i - 1]); }")]
    [InlineData("async Task M(int n) { for (int i = 0; i < n; i += await Jobs.DoubleAsync(i)) { } }")]
    [InlineData("async Task M(int n) { for (int i = 0; i < n; i++) { int step = await Jobs.DoubleAsync(i); i += step; } }")]
    [InlineData("async Task<int> M(int[] a) { foreach (int i in a) { if (await Jobs.IsReadyAsync(i)) return i; } return 0; }")]
    [InlineData("async Task M(int[] a) { foreach (int i in a) { if (await Jobs.IsReadyAsync(i)) break; } }")]
    [InlineData("async Task M(int[] a) { foreach (int i in a) { if (!await Jobs.IsReadyAsync(i)) throw new IOException(); } }")]
    [InlineData("async IAsyncEnumerable<int> M(int[] a) { foreach (int i in a) yield return await Jobs.DoubleAsync(i); }")]
    [InlineData("async Task M() { bool done = false; for (int i = 0; i < 9 && !done; i++) done = await Jobs.IsReadyAsync(i); }")]
    [InlineData("async Task M() { int i = 0; while (i < 9) i += await Jobs.DoubleAsync(i); do { i += await Jobs.DoubleAsync(i); } while (i < 20); }")]
    [InlineData("async Task M() { for (int i = 0; ; i++) Console.WriteLine(await Jobs.DoubleAsync(i)); }")]
    [InlineData("async Task M(int a) { for (int i = 0; i < 9; i++) Console.WriteLine(await Jobs.DoubleAsync(a)); }")]
    [InlineData("async Task M(int[] a) { foreach (int i in a) { Console.WriteLine(await Jobs.DoubleAsync(i)); await Task.Delay(100); } }")]
    [InlineData("async Task M(int[] a) { foreach (int i in a) { Console.WriteLine(await Jobs.DoubleAsync(i)); Thread.Sleep(100); } }")]
    [InlineData("async Task M(string[] a) { foreach (string one in a) await Jobs.GoAsync(one); }")]
    [InlineData("async Task M(int[] a) { foreach (int i in a) { await Jobs.DoubleAsync(i); _ = await Jobs.DoubleAsync(i); } }")]
    [InlineData("async Task M(int[] a, List<int> to) { foreach (int i in a) to.Add(await Jobs.LocalAsync(i)); }")]
    [InlineData("async Task M(CounterRemote c, int[] a, List<int> to) { foreach (int i in a) to.Add(await c.AddAsync(i)); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> a, List<int> to) { await foreach (int i in a) to.Add(await Jobs.DoubleAsync(i)); }")]
    [InlineData("async Task M() { foreach (int i in await Jobs.SplitAsync(\"a\")) Console.WriteLine(i); }")]
    [InlineData("async Task M(int[] a, List<Task<int>> to) { foreach (int i in a) to.Add(Jobs.DoubleAsync(i)); await Task.WhenAll(to); }")]
    [InlineData("[Remote] public static async Task M(int[] a, List<int> to) { foreach (int i in a) to.Add(await Jobs.DoubleAsync(i)); }")]
    [InlineData("int _last; async Task M(int[] a) { foreach (int i in a) Keep(await Jobs.DoubleAsync(_last + i)); } void Keep(int i) => _last = i;")]
    [InlineData("int _sum; async Task M(int[] a) { foreach (int i in a) _sum += await Jobs.DoubleAsync(Next(i)); } int Next(int i) => _sum + i;")]
    [InlineData("async Task M(int[] a, Action<int> to) { foreach (int i in a) to(await Jobs.DoubleAsync(i)); }")]
    [InlineData("async Task M(int[] a, HashSet<int> seen) { foreach (int i in a) { if (!seen.Contains(i)) seen.UnionWith(await Jobs.SplitAsync(\"\" + i)); } }")]
    [InlineData("async Task M(Item a) { foreach (int i in new[] { 1 }) { a.Next!.Score = await Jobs.DoubleAsync(i); } }")]
    public Task Calls_that_may_need_each_other_are_not(string member) => CallSiteTest.RunAsync(Code(member));

    private static string Code(string member) => Remote + $"\npublic class Caller {{ {member} }}";
}
