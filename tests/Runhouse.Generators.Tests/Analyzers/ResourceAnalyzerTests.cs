using Runhouse.Generators.Analyzers.Resources;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>What [Remote] asks for.</summary>
public sealed class ResourceAnalyzerTests
{
    [Theory]
    [InlineData("Cpus = {|RH0300:\"eight\"|}")]
    [InlineData("Cpus = {|RH0300:\"8-16\"|}")]
    [InlineData("Cpus = {|RH0300:\"0\"|}")]
    [InlineData("Memory = {|RH0300:\"64GB\"|}")]
    [InlineData("Memory = {|RH0300:\"\"|}")]
    [InlineData("Gpu = {|RH0300:\"A100:0\"|}")]
    [InlineData("Gpu = {|RH0300:\"A100:two\"|}")]
    [InlineData("Gpu = {|RH0300:\"A100|\"|}")]
    [InlineData("Gpu = {|RH0301:\"A1000\"|}")]
    [InlineData("Gpu = {|RH0301:\"NVIDIA A100\"|}")]
    [InlineData("Gpu = {|RH0301:\"OurOwnChip\"|}")]
    [InlineData("Gpu = {|RH0301:\"H100|AH100\"|}")]
    [InlineData("Gpu = {|RH0302:\"H100:9\"|}")]
    [InlineData("Gpu = {|RH0302:{|RH0301:\"OurOwnChip:17\"|}|}")]
    [InlineData("Memory = {|RH0302:\"131072\"|}")]
    [InlineData("Cpus = {|RH0302:\"8000+\"|}")]
    [InlineData("Gpu = {|RH0303:\"A100|A100:4\"|}")]
    [InlineData("Gpu = {|RH0303:\"A100|H100|a100\"|}")]
    [InlineData("Gpu = {|RH0303:\"L4:2|L4:2\"|}")]
    [InlineData("Memory = {|RH0304:\"0.064\"|}")]
    [InlineData("Memory = {|RH0304:\"0.1\"|}, Cpus = \"2\"")]
    [InlineData("Gpu = \"L4\", Memory = {|RH0304:\"0.2\"|}")]
    [InlineData("Disk = {|RH0300:\"large\"|}")]
    [InlineData("Disk = {|RH0302:\"100000\"|}")]
    [InlineData("Region = {|RH0300:\"us-east-1|\"|}")]
    [InlineData("InstanceType = {|RH0300:\"\"|}")]
    [InlineData("Provider = {|RH0300:\"|aws\"|}")]
    [InlineData("Spot = {|RH0300:\"yes\"|}")]
    [InlineData("MaxPrice = {|RH0300:\"$2\"|}")]
    [InlineData("MaxPrice = {|RH0300:\"0\"|}")]
    public async Task A_resource_that_no_machine_has_is_reported(string arguments)
    {
        await AnalyzerTest<ResourceAnalyzer>.RunAsync($"[Remote({arguments})] public class X {{ }}");
        await AnalyzerTest<ResourceAnalyzer>.RunAsync($"public class X {{ [Remote({arguments})] public static Task GoAsync() => null!; }}");
        await AnalyzerTest<ResourceAnalyzer>.RunAsync($"[assembly: Remote<X>({arguments})] public class X {{ }}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Cpus = \"8\"")]
    [InlineData("Cpus = \"0.5+\"")]
    [InlineData("Memory = \"64+\"")]
    [InlineData("Memory = \"0.1+\"")]
    [InlineData("Memory = \"0.25\"")]
    [InlineData("Gpu = \"A100\"")]
    [InlineData("Gpu = \"a100-80gb:8\"")]
    [InlineData("Gpu = \"A100:4|A100\"")]
    [InlineData("Gpu = \"A100:16 | H100:8 | MI300X:8\"")]
    [InlineData("Gpu = Names.Ours, Cpus = null")]
    [InlineData("Disk = \"200\", Region = \"us-east-1|eu-west-1\", Spot = \"Allowed\", InstanceType = \"p4d.24xlarge\", Provider = \"aws\", MaxPrice = \"2.50\"")]
    [InlineData("Concurrency = 1")]
    public Task An_ordinary_resource_is_not_reported(string arguments) => AnalyzerTest<ResourceAnalyzer>.RunAsync(
        $$"""[Remote({{arguments}})] public class X { } public static class Names { public const string Ours = "L40S:2"; }""");

    [Fact]
    public Task Another_attribute_of_that_shape_is_not_reported() => AnalyzerTest<ResourceAnalyzer>.RunAsync(
        """[Needs(Gpu = "nonsense:x")] public class X { } public sealed class NeedsAttribute : Attribute { public string? Gpu { get; set; } }""");

    [Theory]
    [InlineData("NVIDIA A100", "A100")]
    [InlineData("nvidia-tesla-t4", "T4")]
    [InlineData("A100_80GB", "A100-80GB")]
    [InlineData("RTX 4090", "RTX4090")]
    [InlineData("GeForce RTX 4090", "RTX4090")]
    [InlineData("H1OO", "H100")]
    [InlineData("A1OO", "A100")]
    [InlineData("Al0G", "A10G")]
    [InlineData("I4", "L4")]
    [InlineData("RTX4O9O", "RTX4090")]
    [InlineData("MI300", "MI300X")]
    [InlineData("inferntia2", "Inferentia2")]
    public void The_name_that_was_meant_is_offered(string written, string meant) => Assert.Equal(meant, KnownAccelerators.Nearest(written));

    [Theory]
    [InlineData("TPU")]
    [InlineData("OurOwnChip")]
    [InlineData("fast")]
    public void A_name_far_from_all_others_gets_no_guess(string written) => Assert.Null(KnownAccelerators.Nearest(written));

    [Fact]
    public Task A_message_says_what_was_meant() => AnalyzerTest<ResourceAnalyzer>.RunAsync(
        """[Remote(Gpu = {|#0:"A1000"|}, Memory = {|#1:"64GB"|})] public class X { }""",
        static test =>
        {
            test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerWarning("RH0301").WithLocation(0).WithMessage("No accelerator is known as 'A1000': did you mean 'A100'?"));
            test.TestState.ExpectedDiagnostics.Add(DiagnosticResult.CompilerError("RH0300").WithLocation(1).WithMessage(
                "Memory = \"64GB\" is not an amount. Write a positive number, with a plus sign for 'at least': \"8\" or \"8+\"."));
        });
}
