using Runhouse.Generators.Analyzers.CallSites;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Analyzers;

public sealed class CallSiteAnalyzerTests
{
    private const string Jobs = "public static class Jobs { [Remote] public static Task<int> DoubleAsync(int number) => Task.FromResult(2 * number); public static int Local(int number) => number; }";

    [Theory]
    [InlineData("Func<int, Task<int>> run = {|RH0200:Jobs.DoubleAsync|};")]
    [InlineData("var all = new[] { 1 }.Select({|RH0200:Jobs.DoubleAsync|});")]
    [InlineData("Delegate run = {|RH0200:Jobs.DoubleAsync|};")]
    public Task A_delegate_of_a_remote_function_is_reported(string statement) => AnalyzerTest<CallSiteAnalyzer>.RunAsync(Code(statement));

    [Theory]
    [InlineData("var all = new[] { 1 }.Select(number => Jobs.DoubleAsync(number));")]
    [InlineData("Func<int, int> run = Jobs.Local;")]
    [InlineData("string name = nameof(Jobs.DoubleAsync);")]
    public Task Other_delegates_are_not(string statement) => AnalyzerTest<CallSiteAnalyzer>.RunAsync(Code(statement));

    private static string Code(string statement) => $"{Jobs} public class Caller {{ public void Go() {{ {statement} }} }}";
}
