using Runhouse.Generators.Analyzers.Resources;
using Runhouse.Generators.CodeFixes.Tests.Infrastructure;

namespace Runhouse.Generators.CodeFixes.Tests;

/// <summary>The fixes of the resource rules, before and after.</summary>
public sealed class ResourceFixTests
{
    [Theory]
    [InlineData("[Remote(Gpu = {|RH0301:\"A1000\"|})] public class X { }", "[Remote(Gpu = \"A100\")] public class X { }")]
    [InlineData("[Remote(Cpus = \"2\", Gpu = {|RH0301:\"L4|NVIDIA H100:2\"|})] public class X { }", "[Remote(Cpus = \"2\", Gpu = \"L4|H100:2\")] public class X { }")]
    public Task An_accelerator_gets_the_name_that_was_meant(string before, string after) => CodeFixTest<ResourceAnalyzer, AcceleratorNameFix>.RunAsync(before, after);
}
