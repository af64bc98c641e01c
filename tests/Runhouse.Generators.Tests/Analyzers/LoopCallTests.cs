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
            [Remote] public static Task UseAsync(byte[] data, int i) => Task.CompletedTask;
            [Remote] public static Task SumAsync(IReadOnlyList<double> data) => Task.CompletedTask;
            public static Task LocalUseAsync(byte[] data) => Task.CompletedTask;
            public static Task<int> LocalAsync(int value) => Task.FromResult(value);
        }

        [Remote]
        public class Counter
        {
            public Task<int> AddAsync(int number) => Task.FromResult(number);
            public Task UseAsync(byte[] data) => Task.CompletedTask;
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
    [InlineData("async Task M(Item[] a) { for (int i = 1; i < a.Length; i++) { Item one = a[i], last = a[i - 1]; one.Score = await Jobs.DoubleAsync(last.Score); } }")]
    [InlineData("async Task M(int n) { for (int i = 0; i < n; i++) { var w = System.Diagnostics.Stopwatch.StartNew(); int r = await Jobs.DoubleAsync(i); Console.WriteLine(w.Elapsed + \" \" + r); } }")]
    public Task Calls_that_may_need_each_other_are_not(string member) => CallSiteTest.RunAsync(Code(member));

    [Theory]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; for (int i = 0; i < n; i++) await Jobs.UseAsync({|RH0211:a|}, i); }")]
    [InlineData("async Task M(int n) { byte[] a = new byte[4_000_000]; Random.Shared.NextBytes(a); a[1] = 2; while (n-- > 0) { Console.WriteLine(a.Length + a[n]); await Jobs.Remote.UseAsync({|RH0211:a|}, n); } }")]
    [InlineData("async Task M(IAsyncEnumerable<int> to) { const int size = 1 << 17; var a = new double[size]; await foreach (int i in to) await Jobs.SumAsync({|RH0211:a|}).ConfigureAwait(false); }")]
    [InlineData("async Task M(CounterRemote[] all) { var a = new byte[1 << 21]; foreach (CounterRemote one in all) await one.UseAsync({|RH0211:a|}); }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; var tasks = new List<Task>(); for (int i = 0; i < n; i++) tasks.Add(Jobs.UseAsync({|RH0211:a|}, i)); await Task.WhenAll(tasks); }")]
    public Task A_large_buffer_that_is_sent_again_is_reported(string member) => CallSiteTest.RunAsync(Code(member));

    [Theory]
    [InlineData("async Task M(int n) { var a = new byte[1000]; for (int i = 0; i < n; i++) await Jobs.UseAsync(a, i); }")]
    [InlineData("async Task M(int n) { var a = new byte[n]; for (int i = 0; i < n; i++) await Jobs.UseAsync(a, i); }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; await Jobs.UseAsync(a, n); }")]
    [InlineData("async Task M(int n) { for (int i = 0; i < n; i++) { var a = new byte[1 << 20]; await Jobs.UseAsync(a, i); } }")]
    [InlineData("async Task M(Stream s) { var a = new byte[1 << 20]; while (await s.ReadAsync(a) > 0) await Jobs.UseAsync(a, 1); }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; for (int i = 0; i < n; i++) { a[i] = 1; await Jobs.UseAsync(a, i); } }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; for (int i = 0; i < n; i++) { await Jobs.UseAsync(a, i); a = new byte[2]; } }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; a = File.ReadAllBytes(\"a\"); for (int i = 0; i < n; i++) await Jobs.UseAsync(a, i); }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; void Next() => a[0]++; for (int i = 0; i < n; i++) { Next(); await Jobs.UseAsync(a, i); } }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; var s = new MemoryStream(a); for (int i = 0; i < n; i++) { s.WriteByte(1); await Jobs.UseAsync(a, i); } }")]
    [InlineData("async Task M(int n) { var a = new byte[1 << 20]; for (int i = 0; i < n; i++) await Jobs.LocalUseAsync(a); }")]
    [InlineData("async Task M(Stream s, int n) { var a = new byte[1 << 20]; var m = a.AsMemory(); for (int i = 0; i < n; i++) { await s.ReadExactlyAsync(m); await Jobs.UseAsync(a, i); } }")]
    [InlineData("static async Task Fill(byte[] a) { while (true) { await Task.Yield(); a[0]++; } } async Task M(int n) { var a = new byte[1 << 20]; var filling = Fill(a); for (int i = 0; i < n; i++) await Jobs.UseAsync(a, i); await filling; }")]
    [InlineData("async Task M() { var a = new byte[1 << 20]; for (int i = 0; i < 3; i++) { try { await Jobs.UseAsync(a, i); return; } catch (RemoteException) { } } }")]
    [InlineData("[Remote] public static async Task M(int n) { var a = new byte[1 << 20]; for (int i = 0; i < n; i++) await Jobs.UseAsync(a, i); }")]
    [InlineData("async Task M(string[] a) { const string text = \"a\"; foreach (string one in a) await Jobs.GoAsync(text); foreach (int i in new[] { 1, 2 }) await Jobs.UseAsync([1, 2, 3], i); }")]
    public Task A_buffer_that_changes_or_is_small_is_not(string member) => CallSiteTest.RunAsync(Code(member));

    [Theory]
    [InlineData(70_000, true)]
    [InlineData(60_000, false)]
    public Task A_large_literal_is_reported(int length, bool isReported)
    {
        string text = "\"" + new string('a', length) + "\"";
        string numbers = string.Join(", ", Enumerable.Repeat("1", length));
        return CallSiteTest.RunAsync(Code($$"""
            const string Text = {{text}};
            async Task M(int n)
            {
                byte[] made = [{{numbers}}];
                for (int i = 0; i < n; i++)
                {
                    await Jobs.GoAsync({{Marked("Text")}});
                    await Jobs.GoAsync({{Marked(text)}});
                    await Jobs.UseAsync({{Marked("made")}}, i);
                    await Jobs.UseAsync({{Marked($"new byte[] {{ {numbers} }}")}}, i);
                }
            }
            """));

        string Marked(string value) => isReported ? $"{{|RH0211:{value}|}}" : value;
    }

    private static string Code(string member) => Remote + $"\npublic class Caller {{ {member} }}";
}
