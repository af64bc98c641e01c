using Runhouse.Generators.Analyzers.Contracts;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Changes against what the contract file says.</summary>
public sealed class ContractAnalyzerTests
{
    [Theory]
    [InlineData("public class X { [Remote] public static Task<long> {|RH0400:Go|}(int a) => null!; }", "call X.Go(int) -> int")]
    [InlineData("public class X { [Remote] public static IAsyncEnumerable<int> {|RH0400:Go|}(int a) => null!; }", "call X.Go(int) -> int")]
    [InlineData("[Remote] public class {|RH0400:X|} { public void Go() { } }", "call X..ctor() -> nothing\ncall X.Go() -> int")]
    [InlineData("public class X { [Remote] public static Task {|RH0401:Go|}(D a) => null!; } public record D(long A);", "call X.Go(D) -> nothing\ndata D.A: int")]
    [InlineData("public class X { [Remote] public static Task {|RH0401:Go|}(D a) => null!; } public enum D : byte { A }", "call X.Go(D) -> nothing\ndata D: int\ndata D.A: 0")]
    [InlineData("public class X { [Remote] public static Task {|RH0401:Go|}(D a) => null!; } public enum D { A, B = 7 }", "call X.Go(D) -> nothing\ndata D: int\ndata D.A: 7\ndata D.B: 7")]
    [InlineData("public class X { [Remote] public static Task {|RH0402:Go|}(D a) => null!; } public enum D { A, B }", "call X.Go(D) -> nothing\ndata D: int\ndata D.A: 0")]
    [InlineData("public class X { [Remote] public static Task<List<D>> {|RH0401:Go|}() => null!; } public class D { public string? A { get; set; } }", "call X.Go() -> System.Collections.Generic.List<D>\ndata D.A: int")]
    [InlineData("public class X { [Remote] public static Task {|RH0402:Go|}(int a) => null!; }", "# nothing yet")]
    [InlineData("public class X { [Remote] public static Task {|RH0402:Go|}(D a) => null!; } public record D(int A, int B = 1);", "call X.Go(D) -> nothing\ndata D.A: int")]
    [InlineData("[assembly: {|RH0402:Remote<X>|}] public class X { public void Go() { } }", "call X..ctor() -> nothing")]
    public Task A_difference_to_the_file_is_reported(string source, string contract) => RunAsync(source, contract);

    [Theory]
    [InlineData("public class X { [Remote] public static Task<int> Go(int a, string? b) => null!; }", "# a comment\n\ncall X.Go(int, string) -> int\n")]
    [InlineData("[Remote] public class X(int a) { public int Sum { get; set; } = a; public void Go(CancellationToken token) { } }", "call X..ctor(int) -> nothing\ncall X.Go() -> nothing\ncall get X.Sum() -> int\ncall set X.Sum(int) -> nothing")]
    [InlineData("public class X { [Remote] public static Task Go(D a) => null!; } public record D(string? A, D? Next);", "call X.Go(D) -> nothing\ndata D.A: string\ndata D.Next: D")]
    [InlineData("public class X { public static Task Go(int a) => null!; }", "")]
    [InlineData("public class X { [Remote] public static Task Go(DayOfWeek a, D b) => null!; } public enum D : long { A = -1 }", "call X.Go(System.DayOfWeek, D) -> nothing\ndata System.DayOfWeek: int\ndata D: long\ndata D.A: -1")]
    public Task The_same_as_the_file_is_not_reported(string source, string contract) => RunAsync(source, contract);

    [Fact]
    public Task Without_the_file_nothing_is_reported()
        => AnalyzerTest<ContractAnalyzer>.RunAsync("public class X { [Remote] public static Task Go(int a) => null!; }");

    [Theory]
    [InlineData("call X.Gone() -> int", "RH0404", "Needs a redeploy")]
    [InlineData("data Order.Gone: int", "RH0404", "Breaks stored data")]
    [InlineData("X.Go() returns int", "RH0403", "write 'call <member> -> <result>'")]
    [InlineData("call X.Go()", "RH0403", "is no line of a contract")]
    public async Task A_line_without_its_code_is_reported_in_the_file(string line, string id, string message)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => AnalyzerTest<ContractAnalyzer>.RunAsync(
            "public class X { [Remote] public static Task Go(int a) => null!; }",
            test => test.TestState.AdditionalFiles.Add((ContractAnalyzer.FileName, $"call X.Go(int) -> nothing\n{line}\n"))));
        Assert.Contains($"{ContractAnalyzer.FileName}(2,1): error {id}", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_message_says_what_a_change_means() => AnalyzerTest<ContractAnalyzer>.RunAsync(
        "public class X { [Remote] public static Task<long> {|#0:Go|}(int a) => null!; }",
        static test =>
        {
            test.TestState.AdditionalFiles.Add((ContractAnalyzer.FileName, "call X.Go(int) -> int\n"));
            test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0400").WithLocation(0).WithLocation(ContractAnalyzer.FileName, 1, 1).WithMessage(
                "'X.Go(int)' is long and was int: calls between this build and an earlier one fail. Needs a redeploy of both sides; "
                + "keep the old member beside the new one, or accept it by writing the new line into RunhouseContracts.txt"));
        });

    private static Task RunAsync(string source, string contract)
        => AnalyzerTest<ContractAnalyzer>.RunAsync(source, test => test.TestState.AdditionalFiles.Add((ContractAnalyzer.FileName, contract)));
}
