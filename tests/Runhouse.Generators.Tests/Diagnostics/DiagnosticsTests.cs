using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Diagnostics;

public class DiagnosticsTests
{
    [Theory]
    [InlineData("RH0001", "public class O { [Runhouse.Remote] private class X { } }")]
    [InlineData("RH0001", "public class O { [Runhouse.Remote] private static void Go() { } }")]
    [InlineData("RH0002", "[Runhouse.Remote] public abstract class X { }")]
    [InlineData("RH0002", "[Runhouse.Remote] public static class X { }")]
    [InlineData("RH0003", "[Runhouse.Remote] public class X<T> { }")]
    [InlineData("RH0003", "[Runhouse.Remote] public class X { public void Go<T>() { } }")]
    [InlineData("RH0004", "[Runhouse.Remote] public class X { public void Go(ref int a) { } }")]
    [InlineData("RH0004", "[Runhouse.Remote] public class X { public void Go(System.Span<int> a) { } }")]
    [InlineData("RH0005", "using System.Threading; [Runhouse.Remote] public class X { public void Go(CancellationToken a, CancellationToken b) { } }")]
    [InlineData("RH0006", "using System.Threading.Tasks; using System.Collections.Generic; [Runhouse.Remote] public class X { public Task<IAsyncEnumerable<int>> Go() => null!; }")]
    [InlineData("RH0008", "[Runhouse.Remote] public class X { public X([Runhouse.FromServices] string a) { } public X() { } }")]
    [InlineData("RH0009", "using System.Threading.Tasks; [Runhouse.Remote] public class X { public int Add(int a) => a; public Task<int> AddAsync(int a) => null!; }")]
    [InlineData("RH0010", "[Runhouse.Remote] public class X { public required int A { get; set; } }")]
    [InlineData("RH0011", "public class X { [Runhouse.Remote] public void Go() { } }")]
    [InlineData("RH0012", "[assembly: Runhouse.RemoteStartup(typeof(S))] public class S { }")]
    [InlineData("RH0030", "[Runhouse.Remote] public class X { public void Go(System.Action callback) { } }")]
    public void Code_that_cannot_be_remote_is_reported(string id, string source)
    {
        var run = GeneratorRun.Of(source);
        Assert.Null(run.Result.Results.Single().Exception);
        var diagnostic = Assert.Single(run.Result.Diagnostics);
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal("/src/File0.cs", diagnostic.Location.GetLineSpan().Path);
    }

    [Fact]
    public void A_type_that_cannot_travel_is_reported_for_every_member_that_mentions_it()
        => Assert.Equal(2, GeneratorRun.Of("[Runhouse.Remote] public class X { public void Go(System.Action a) { } public void Stop(System.Action b) { } }").Result.Diagnostics.Length);
}
