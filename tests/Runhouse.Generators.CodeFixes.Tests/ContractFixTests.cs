using Runhouse.Generators.Analyzers.Contracts;
using Runhouse.Generators.CodeFixes.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests;

/// <summary>The fix that writes the contract file.</summary>
public sealed class ContractFixTests
{
    [Theory]
    [InlineData(
        "public class X { [Remote] public static Task {|RH0402:Go|}(int a) => null!; [Remote] public static Task<int> {|RH0402:Add|}(int a) => null!; }",
        "public class X { [Remote] public static Task Go(int a) => null!; [Remote] public static Task<int> Add(int a) => null!; }",
        "# What others rely on.\n",
        "# What others rely on.\ncall X.Add(int) -> int\ncall X.Go(int) -> nothing\n")]
    [InlineData(
        "public class X { [Remote] public static Task<long> {|RH0400:Go|}(int a) => null!; }",
        "public class X { [Remote] public static Task<long> Go(int a) => null!; }",
        "call X.Go(int) -> int",
        "call X.Go(int) -> long\n")]
    [InlineData(
        "public class X { [Remote] public static Task {|RH0401:Go|}(D a) => null!; } public record D(long A);",
        "public class X { [Remote] public static Task Go(D a) => null!; } public record D(long A);",
        "call X.Go(D) -> nothing\ndata D.A: int\n",
        "call X.Go(D) -> nothing\ndata D.A: long\n")]
    public Task The_file_says_what_the_code_does(string before, string after, string file, string written)
        => CodeFixTest<ContractAnalyzer, ContractFileFix>.RunAsync(before, after, test =>
        {
            test.TestState.AdditionalFiles.Add((ContractAnalyzer.FileName, file));
            test.FixedState.AdditionalFiles.Add((ContractAnalyzer.FileName, written));
        });
}
