using Microsoft.CodeAnalysis;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Diagnostics;

/// <summary>What the generator itself reports, and that it writes all else when a member cannot be remote.</summary>
public class DiagnosticsTests
{
    [Fact]
    public void A_type_that_the_generator_does_not_see_is_reported_by_it()
    {
        GeneratorRun run = GeneratorRun.Of("[Runhouse.Remote] public class X { public void Go(Generated.Later value) { } }");
        Diagnostic diagnostic = Assert.Single(run.Result.Diagnostics);
        Assert.Equal("RH0041", diagnostic.Id);
        Assert.Equal("/src/File0.cs", diagnostic.Location.GetLineSpan().Path);
        Assert.Contains("value: ", diagnostic.GetMessage(null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public void Bad(System.Action callback) { }")]
    [InlineData("public void Bad(ref int number) { }")]
    [InlineData("public void Bad<T>() { }")]
    [InlineData("public async void Bad() => await System.Threading.Tasks.Task.Yield();")]
    public void A_member_that_cannot_be_remote_leaves_the_others_callable(string member)
    {
        GeneratorRun run = GeneratorRun.Of(
            $"/// <summary>X.</summary>\n[Runhouse.Remote] public class X {{ {member} public void Good() {{ }} }}",
            "class Caller { static async System.Threading.Tasks.Task Go() { await using XRemote x = await X.RemoteAsync(); await x.GoodAsync(); } }");
        Assert.Empty(run.Result.Diagnostics);
        Assert.Empty(run.Output.GetDiagnostics().Where(static one => one.Severity == DiagnosticSeverity.Error && one.Id.StartsWith("CS", StringComparison.Ordinal) && !one.IsWarningAsError));
    }

    [Theory]
    [InlineData("[Runhouse.Remote] public class X(System.Action a) { public void Use() => a(); }", "await using XRemote x = await X.RemoteAsync(() => { }); await X.Remote.Named(\"n\").CreateAsync(null!);")]
    [InlineData("[Runhouse.Remote] public class X { public System.IO.Stream Bad(System.Action a, int b = 1) => null!; }", "var x = await X.RemoteAsync(); await x.BadAsync(() => { });")]
    [InlineData("[Runhouse.Remote] public class X { public System.Action? Bad { get; set; } }", "var x = await X.RemoteAsync(); await x.SetBadAsync(null); _ = await x.GetBadAsync();")]
    [InlineData("public class X { [Runhouse.Remote] public static Task BadAsync(object a) => null!; }", "await X.BadAsync(1); await X.Remote.BadAsync(1); await XRemoteEntry.Remote.BadAsync(1);")]
    [InlineData("public class X { [Runhouse.Remote] public static Task BadAsync(ref int a) => null!; [Runhouse.Remote] public static async void Bad() => await Task.Yield(); }", "int a = 1; var t = X.BadAsync(ref a); X.Bad(); await t;")]
    public void A_refused_member_is_an_error_where_it_is_declared_and_not_where_it_is_called(string declaration, string calls)
    {
        GeneratorRun run = GeneratorRun.Of(
            "using System.Threading.Tasks;\n" + declaration, "using System.Threading.Tasks;\nclass Caller { static async Task Go() { " + calls + " } }");
        Assert.Null(run.Result.Results.Single().Exception);
        Assert.Empty(run.Result.Diagnostics);
        Assert.Empty(run.Output.GetDiagnostics().Where(static one => one.Severity == DiagnosticSeverity.Error && !one.IsWarningAsError));
    }
}
