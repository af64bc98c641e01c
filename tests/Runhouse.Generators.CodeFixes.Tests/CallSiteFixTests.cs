using Runhouse.Generators.Analyzers.CallSites;
using Runhouse.Generators.CodeFixes.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests;

/// <summary>The fixes of the call-site rules, before and after.</summary>
public sealed class CallSiteFixTests
{
    private const string Jobs = "public static class Jobs { [Remote] public static Task<int> DoubleAsync(int value, CancellationToken cancellationToken = default) => Task.FromResult(2 * value); }\n";

    [Theory]
    [InlineData(
        "public class C { async Task M(CancellationToken stop) { await {|RH0207:Jobs.DoubleAsync(1)|}; } }",
        "public class C { async Task M(CancellationToken stop) { await Jobs.DoubleAsync(1, cancellationToken: stop); } }")]
    [InlineData(
        "public class C { Func<CancellationToken, Task<int>> M() => t => {|RH0207:Jobs.Remote.DoubleAsync(value: 2)|}; }",
        "public class C { Func<CancellationToken, Task<int>> M() => t => Jobs.Remote.DoubleAsync(value: 2, cancellationToken: t); }")]
    public Task The_token_in_scope_is_passed(string before, string after) => CodeFixTest<CallSiteAnalyzer, PassTokenFix>.RunAsync(Jobs + before, Jobs + after);
}
