using Runhouse.Generators.Analyzers.Shape;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Classes whose named objects are to keep their state.</summary>
public sealed class SnapshotTests
{
    private const string Keeper = """
        public ValueTask<int> TakeSnapshotAsync(CancellationToken c) => new(1); public ValueTask RestoreAsync(int s, CancellationToken c) => default; public Task GoAsync() => null!;
        """;

    [Theory]
    [InlineData("[Remote] public class {|RH0050:X|} : ISnapshot<int>, ISnapshot<string> { public Task GoAsync() => null!; ValueTask<int> ISnapshot<int>.TakeSnapshotAsync(CancellationToken c) => default; ValueTask ISnapshot<int>.RestoreAsync(int s, CancellationToken c) => default; ValueTask<string> ISnapshot<string>.TakeSnapshotAsync(CancellationToken c) => default; ValueTask ISnapshot<string>.RestoreAsync(string s, CancellationToken c) => default; }")]
    [InlineData("public sealed class {|RH0051:X|} : ISnapshot<int> { " + Keeper + " }")]
    [InlineData("[Remote] public class {|RH0052:X|}(IAsyncEnumerable<int> a) : ISnapshot<int> { " + Keeper + " public void Use() => _ = a; }")]
    [InlineData("[Remote] public class {|RH0052:X|}(IProgress<int> a) : ISnapshot<int> { " + Keeper + " public void Use() => _ = a; }")]
    [InlineData("[Remote] public class {|RH0052:X|}(RemoteRef<int> a) : ISnapshot<int> { " + Keeper + " public void Use() => _ = a; }")]
    [InlineData("[Remote] public class X : ISnapshot<Action> { public Task GoAsync() => null!; public {|RH0031:ValueTask<Action>|} TakeSnapshotAsync(CancellationToken c) => default; public ValueTask RestoreAsync(Action s, CancellationToken c) => default; }")]
    [InlineData("[Remote] public class X : ISnapshot<RemoteRef<int>> { public Task GoAsync() => null!; public {|RH0030:ValueTask<RemoteRef<int>>|} TakeSnapshotAsync(CancellationToken c) => default; public ValueTask RestoreAsync(RemoteRef<int> s, CancellationToken c) => default; }")]
    [InlineData("[Remote] public class {|RH0027:X|} : ISnapshot<int> { public ValueTask<int> TakeSnapshotAsync(CancellationToken c) => new(1); public ValueTask RestoreAsync(int s, CancellationToken c) => default; }")]
    public Task A_state_that_cannot_be_kept_is_reported(string source) => AnalyzerTest<ShapeAnalyzer>.RunAsync(source);

    [Theory]
    [InlineData("[Remote] public class X : ISnapshot<int> { " + Keeper + " }")]
    [InlineData("public class B : ISnapshot<int> { " + Keeper + " } [Remote] public class X : B { }")]
    [InlineData("public sealed class X : ISnapshot<int> { " + Keeper + " } [assembly: Remote<X>]", true)]
    [InlineData("public record S(int[] A, Dictionary<string, S?> B); [Remote] public class X(int a, string b) : ISnapshot<S> { public Task GoAsync() => Task.FromResult(a + b); ValueTask<S> ISnapshot<S>.TakeSnapshotAsync(CancellationToken c) => default; ValueTask ISnapshot<S>.RestoreAsync(S s, CancellationToken c) => default; }")]
    public Task One_that_can_is_not(string source, bool isAssembly = false)
        => AnalyzerTest<ShapeAnalyzer>.RunAsync(isAssembly ? "[assembly: Remote<X>] " + source.Replace(" [assembly: Remote<X>]", "", StringComparison.Ordinal) : source);
}
