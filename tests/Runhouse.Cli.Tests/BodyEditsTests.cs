using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Emit;
using Runhouse.Cli.Watching;

namespace Runhouse.Cli.Tests;

/// <summary>What <c>runhouse watch</c> takes for a change of bodies, and what it deploys anew.</summary>
public sealed class BodyEditsTests : IDisposable
{
    private const string MoreThanBodies = "changes more than the bodies of methods";

    private readonly string _folder = Directory.CreateTempSubdirectory("rhc-edits-").FullName;

    private static string Framework => Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    // Before the tests are looked for, whose signatures have types of the compiler: of the SDK that has built them, or a later one.
    [ModuleInitializer]
    internal static void UseCompiler() => SdkCompiler.Use(Path.Combine(
        Directory.EnumerateDirectories(Path.GetFullPath(Path.Combine(Framework, "../../../sdk"))).Where(static one => Path.GetFileName(one).StartsWith("10.", StringComparison.Ordinal))
            .OrderBy(static one => Version.Parse(Path.GetFileName(one).Split('-')[0])).Last(),
        "Roslyn",
        "bincore"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("class C { int A() => 1; int B() => 1; }", "class C { int A() => 1; int B() => 2; }", "C.B()")]
    [InlineData("class C { int A() { return 1; } }", "class C { int A() { int Local() => 2; return new[] { 1 }.Length + Local(); } }", "C.A()")]
    [InlineData("class C { int A => 1; int this[int i] => i; }", "class C { int A => 2; int this[int i] => i + 1; }", "C.A.get", "C.this[int].get")]
    [InlineData("class C { int A { get { return 1; } set { } } }", "class C { int A { get { return 2; } set { _ = value; } } }", "C.A.get", "C.A.set")]
    [InlineData("class C { public C() { } ~C() { } }", "class C { public C() { _ = 1; } ~C() { _ = 2; } }", "C.C()", "C.~C()")]
    [InlineData("class C { class D<T> { T? A(T? t) => t; } }", "class C { class D<T> { T? A(T? t) => default; } }", "C.D<T>.A(T?)")]
    [InlineData("class C(int i) { int A() => i; }", "class C(int i) { int A() => i + 1; }", "C.A()")]
    [InlineData("class C { int A() => 1; }", "// A comment.\nclass C\n{\n    int A() => 1; // Another one.\n}")]
    public void New_bodies_are_found_whatever_moves_with_them(string before, string after, params string[] methods)
    {
        (IReadOnlyList<SemanticEdit> edits, string? reason) = Compare(before, after);
        Assert.Null(reason);
        Assert.Equal(methods, edits.Select(static one => one.NewSymbol!.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)));
        Assert.All(edits, static one => Assert.Equal(SemanticEditKind.Update, one.Kind));
    }

    [Theory]
    [InlineData("class C { int A() => 1; }", "class C { long A() => 1; }", MoreThanBodies)]
    [InlineData("class C { int A() => 1; }", "class C { int A() => 1; int B() => 2; }", MoreThanBodies)]
    [InlineData("class C { int A() => 1; }", "class C { [System.Obsolete] int A() => 1; }", MoreThanBodies)]
    [InlineData("class C { int _a = 1; int A() => _a; }", "class C { int _a = 2; int A() => _a; }", MoreThanBodies)]
    [InlineData("class C { int A { get; } = 1; }", "class C { int A { get; } = 2; }", MoreThanBodies)]
    [InlineData("class C { const int A = 1; }", "class C { const int A = 2; }", MoreThanBodies)]
    [InlineData("class C { void A() { } }", "class C { async void A() { } }", MoreThanBodies)]
    [InlineData("class C { static int A = 1; static C() { A = 2; } }", "class C { static int A = 1; static C() { A = 3; } }", "has run already")]
    [InlineData("class C(int i, int j) { int A() => i; }", "class C(int i, int j) { int A() => i + j; }", "begins to use the constructor's parameter 'j'")]
    [InlineData("class C { int A { get => 1; } }", "class C { int A { get => field; } }", "begins or ceases to have a field")]
    [InlineData("static class C { extension(int i) { int A() => i; } }", "static class C { extension(int i) { int A() => i + 1; } }", "is in a block of extension members")]
    public void What_is_more_than_new_bodies_is_said(string before, string after, string expected)
        => Assert.Contains(expected, Compare(before, after).Reason, StringComparison.Ordinal);

    private (IReadOnlyList<SemanticEdit> Edits, string? Reason) Compare(string before, string after)
    {
        string file = Path.Combine(_folder, "C.cs");
        string[] arguments = ["/target:library", "/langversion:14", "/nullable", .. Directory.EnumerateFiles(Framework, "System.*.dll").Where(IsManaged).Select(static one => "/reference:" + one), file];
        File.WriteAllText(file, before);
        var code = ProjectCode.Read(new BuiltProject("", Path.Combine(_folder, "C.csproj"), "", "", arguments));
        Assert.DoesNotContain(code.Whole.GetDiagnostics(TestContext.Current.CancellationToken), static one => one.Severity == DiagnosticSeverity.Error);
        File.WriteAllText(file, after);
        return (BodyEdits.Find(code, code.With([file]), out string? reason), reason);
    }

    private static bool IsManaged(string path) => !Path.GetFileName(path).Contains(".Native", StringComparison.Ordinal);
}
